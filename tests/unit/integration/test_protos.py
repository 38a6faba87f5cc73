"""What protoc wrote is what the proto says, and the protocol is the same in both forms."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.integration.operations import OPERATIONS, Operation
from appliance.integration.protos.documents import answer_class, request_class
from tests.support.source_tree import REPOSITORY

PROTOS = REPOSITORY / "appliance" / "integration" / "protos"
GENERATED = ("provider_pb2.py", "provider_pb2.pyi")


def without_versions(text: str) -> str:
    """Another release of protoc writes its own number; the rest must be the same."""
    return re.sub(r"^(# Protobuf Python Version: .*|    \d+,)$", "", text, flags=re.MULTILINE)


def test_the_generated_code_is_current(tmp_path: Path) -> None:
    into = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", *into, "provider.proto"]
    subprocess.run(command, check=True)

    for name in GENERATED:
        fresh, committed = (without_versions((folder / name).read_text()) for folder in (tmp_path, PROTOS))
        assert fresh == committed, f"{name} is not what the proto says: make protos"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.port}.{each.name}")
def test_every_operation_has_its_method_and_its_answer_names_the_key(operation: Operation) -> None:
    assert request_class(operation) is not None
    assert "key" in answer_class(operation).DESCRIPTOR.fields_by_name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.port}.{each.name}")
def test_every_operation_is_documented_in_both_protocols(operation: Operation) -> None:
    page = (REPOSITORY / "docs" / "reference" / "integration.md").read_text()

    assert operation.route in page
    assert f"{operation.port.title()}/{operation.rpc}" in page
