"""The description and the pages say what the endpoints are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from appliance.api import openapi, pages
from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS, TAGS
from appliance.api.openapi_parts import example
from appliance.api.paths import PATH_PARAMETERS, parameter_names
from appliance.api.roles import ROLE_MEANINGS, ROLES
from appliance.schemas.operations import EnrolDevice
from tests.conftest import REPOSITORY

COMMITTED = REPOSITORY / "docs" / "openapi.json"
OPERATIONS = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.operation)


def operation(endpoint: Endpoint) -> dict[str, Any]:
    found: dict[str, Any] = openapi.document()["paths"][endpoint.path][endpoint.method.lower()]
    return found


def test_the_description_is_valid_openapi() -> None:
    validate(openapi.document())


def test_the_committed_description_is_the_served_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi.text()


def test_the_committed_description_is_checked_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"

    missing = openapi.main(["--check", str(file)])
    written = openapi.main(["--write", str(file)])
    right = openapi.main(["--check", str(file)])
    file.write_text("{}", encoding="utf-8")
    wrong = openapi.main(["--check", str(file)])

    assert (missing, written, right, wrong) == (1, 0, 0, 1)
    assert openapi.main(["--colour"]) == 2


@OPERATIONS
def test_an_operation_declares_its_problems(endpoint: Endpoint) -> None:
    responses = operation(endpoint)["responses"]

    for refusal in endpoint.refusals:
        assert str(refusal.status) in responses, refusal


@OPERATIONS
def test_the_example_of_a_body_is_one(endpoint: Endpoint) -> None:
    if endpoint.body is not None:
        endpoint.body.model_validate_json(json.dumps(example(endpoint.body)))


@OPERATIONS
def test_the_example_of_an_answer_is_one(endpoint: Endpoint) -> None:
    for model in openapi.answers(endpoint):
        model.model_validate(example(model))


@OPERATIONS
def test_the_example_of_a_parameter_is_one(endpoint: Endpoint) -> None:
    for parameter in endpoint.query:
        assert parameter.read(parameter.example) is not None
    for name in parameter_names(endpoint.path):
        described = PATH_PARAMETERS[name]
        assert re.fullmatch(described["schema"]["pattern"].strip("^$"), described["example"])


@OPERATIONS
def test_an_operation_stands_in_the_reference_with_a_call_to_paste(endpoint: Endpoint) -> None:
    page = pages._reference().decode()

    assert f'id="{endpoint.operation}"' in page
    assert pages.curl(endpoint).startswith("curl ")
    assert endpoint.tag in TAGS


def test_every_write_needs_a_key_and_every_read_does_not() -> None:
    unkeyed = {each.operation for each in ENDPOINTS if each.method != "GET" and not each.idempotent}
    keyed = {each.operation for each in ENDPOINTS if each.method == "GET" and each.idempotent}

    # None of these records anything: a second one joins the first, is a second look, or says it again.
    looking = {"rebuild_projection", "start_backup", "start_verification", "compare_sync", "pause_sync", "resume_sync"}
    looking |= {"fix_problem", "resolve_problem"}  # mended or resolved twice is mended or resolved
    secret = {  # no receipt may keep a secret, not even its fingerprint
        "make_enrolment_code",
        "enrol_by_code",
        "open_session",
        "close_session",
        "approve_action",
        "set_operator_pin",
        "make_pin_code",
        "set_own_pin",
    }
    assert unkeyed == looking | secret
    assert keyed == set()


def test_operations_have_names_of_their_own() -> None:
    names = [each.operation for each in ENDPOINTS]

    assert len(set(names)) == len(names)


def test_every_problem_that_can_be_answered_is_explained() -> None:
    page = pages._problems().decode()

    for refusal in pages.refusals():
        assert f'id="{refusal.code}"' in page


def test_the_pages_refer_to_nothing_elsewhere() -> None:
    for page in (pages._reference().decode(), pages._problems().decode()):
        assert re.findall(r'(?:src|href)="(?!#|/docs|/schema)[^"]*"', page) == []


def test_links_between_the_pages_lead_somewhere() -> None:
    reference, problems = pages._reference().decode(), pages._problems().decode()

    for anchor in re.findall(r'href="/docs/problems#([^"]+)"', reference):
        assert f'id="{anchor}"' in problems
    for anchor in re.findall(r'href="#([^"]+)"', reference):
        assert f'id="{anchor}"' in reference


def test_the_roles_on_the_wire_are_the_roles_there_are() -> None:
    role = EnrolDevice.model_json_schema()["properties"]["role"]

    assert tuple(role["enum"]) == ROLES == tuple(ROLE_MEANINGS)
