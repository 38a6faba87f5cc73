"""The container's files, which no engine has run here: that they are well formed and keep to what a store needs.

`make lint-containers` holds them against hadolint and the schemas of compose and Kubernetes besides.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance import __version__
from appliance.config import Settings

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
CONTAINER = PACKAGING / "container"


# What cannot be had of an image by somebody else, and why.
ROOT_ALL_THE_SAME = {"nats": "its image has no user of its own that could own the volume; it has no capability left"}
CANNOT_ASK_ITSELF = {"collector": "its image is one program, without anything that could ask it"}
BY_THE_IMAGE = {"store": "the Dockerfile's HEALTHCHECK"}


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((PACKAGING / name).read_text()))


def manifest(kind: str) -> dict[str, Any]:
    (found,) = (each for each in documents("k3s/backroom.yaml") if each["kind"] == kind)
    answer: dict[str, Any] = found
    return answer


@pytest.mark.parametrize("path", sorted(PACKAGING.rglob("*.yaml")), ids=lambda path: path.name)
def test_yaml_is_well_formed(path: Path) -> None:
    assert list(yaml.safe_load_all(path.read_text()))


def test_there_is_never_a_second_store_on_a_volume() -> None:
    spec = manifest("StatefulSet")["spec"]

    assert spec["replicas"] == 1
    assert [each["spec"]["accessModes"] for each in spec["volumeClaimTemplates"]] == [["ReadWriteOncePod"]]


def test_a_container_is_told_which_machine_it_is() -> None:
    (pod,) = manifest("StatefulSet")["spec"]["template"]["spec"]["containers"]
    (compose,) = documents("container/compose.yaml")

    assert "BACKROOM__MACHINE_ID" in {each["name"] for each in pod["env"]}
    assert "BACKROOM__MACHINE_ID" in compose["services"]["store"]["environment"]


def test_a_pod_may_do_as_little_as_the_unit() -> None:
    (pod,) = manifest("StatefulSet")["spec"]["template"]["spec"]["containers"]

    assert pod["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_every_folder_that_a_pod_mounts_is_there_to_mount() -> None:
    spec = manifest("StatefulSet")["spec"]
    inner = spec["template"]["spec"]
    there = {each["name"] for each in inner["volumes"]} | {
        each["metadata"]["name"] for each in spec["volumeClaimTemplates"]
    }

    assert {each["name"] for each in inner["containers"][0]["volumeMounts"]} == there


@pytest.fixture
def services() -> Mapping[str, Any]:
    (compose,) = documents("container/compose.yaml")
    found: Mapping[str, Any] = compose["services"]
    return found


def test_every_file_and_volume_that_compose_mounts_is_there() -> None:
    (compose,) = documents("container/compose.yaml")
    mounted = [volume.split(":")[0] for each in compose["services"].values() for volume in each.get("volumes", ())]
    made_by_hand = {"./prometheus.token"}  # a secret; the file says how it is made

    files = {name for name in mounted if name.startswith(".")} - made_by_hand
    assert [name for name in files if not (CONTAINER / name).is_file()] == []
    assert {name for name in mounted if not name.startswith(".")} == set(compose["volumes"])


def test_compose_has_all_that_a_store_is_tried_out_with(services: Mapping[str, Any]) -> None:
    assert set(services) == {"store", "nats", "prometheus", "grafana", "collector"}


@pytest.mark.parametrize("name", ["store", "nats", "prometheus", "grafana", "collector"])
def test_a_service_may_do_as_little_as_it_can(services: Mapping[str, Any], name: str) -> None:
    service = services[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (service["user"].split(":")[0] == "0") == (name in ROOT_ALL_THE_SAME)
    assert "privileged" not in service
    assert service.get("network_mode", "") != "host"


def test_every_service_is_asked_how_it_does(services: Mapping[str, Any]) -> None:
    asked = {name for name, service in services.items() if service.get("healthcheck")}

    assert asked | CANNOT_ASK_ITSELF.keys() | BY_THE_IMAGE.keys() == set(services)
    assert "HEALTHCHECK" in (CONTAINER / "Dockerfile").read_text()


def test_nothing_is_served_beyond_the_machine_that_tries_it_out(services: Mapping[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]

    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_what_writes_has_a_volume_or_memory_to_write_to(services: Mapping[str, Any]) -> None:
    kept = {name: [each.split(":")[1] for each in service.get("volumes", ())] for name, service in services.items()}

    assert "/var/lib/backroom" in kept["store"]
    assert services["store"]["tmpfs"] == ["/tmp"]
    assert re.search(r'store_dir: "(.+)"', (CONTAINER / "nats.conf").read_text()) is not None
    assert "/var/lib/nats" in kept["nats"]


def test_the_pieces_find_each_other(services: Mapping[str, Any]) -> None:
    told = services["store"]["environment"]
    (prometheus,) = documents("container/prometheus.yaml")
    mounted = {each.split(":")[1] for each in services["prometheus"]["volumes"]}

    assert told["BACKROOM__SYNC__URL"] == "nats://nats:4222"
    assert told["BACKROOM__TRACING__ENDPOINT"] == "http://collector:4318/v1/traces"
    assert prometheus["scrape_configs"][0]["static_configs"][0]["targets"] == ["store:8443"]
    assert {*prometheus["rule_files"], prometheus["scrape_configs"][0]["authorization"]["credentials_file"]} <= mounted


def set_by_environment() -> set[str]:
    texts = (path.read_text() for path in [*CONTAINER.iterdir(), PACKAGING / "k3s/backroom.yaml"])
    return {name for text in texts for name in re.findall(r"\bBACKROOM__[A-Z_]+\b", text)}


@pytest.mark.parametrize("variable", sorted(set_by_environment()))
def test_every_setting_that_a_container_is_given_exists(variable: str) -> None:
    model: Any = Settings
    for part in variable.lower().split("__")[1:]:
        assert part in model.model_fields
        model = model.model_fields[part].annotation


@pytest.mark.parametrize("name", ["container/nats.conf"])
def test_nats_server_takes_its_settings(name: str) -> None:
    server = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    if server is None:
        pytest.skip("needs nats-server; make setup brings it")
    said = subprocess.run([server, "-t", "-c", str(PACKAGING / name)], capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stderr


def test_prometheus_takes_its_settings() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here; Debian: apt install prometheus")
    command = [promtool, "check", "config", "--syntax-only", str(CONTAINER / "prometheus.yaml")]
    said = subprocess.run(command, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout + said.stderr


def test_no_image_floats() -> None:
    files = [CONTAINER / "compose.yaml", CONTAINER / "Dockerfile", PACKAGING / "k3s/backroom.yaml"]
    images = re.findall(r"^(?:FROM| *(?:- )?image:) (\S+)", "".join(path.read_text() for path in files), re.MULTILINE)

    assert len(images) == 7
    assert [image for image in images if not re.search(r"@sha256:|:(?:v|trixie-)?\d", image)] == []
    assert {image for image in images if image.startswith("backroom:")} == {f"backroom:{__version__}"}


def test_the_image_runs_the_package_as_nobody_in_particular() -> None:
    text = (CONTAINER / "Dockerfile").read_text()

    assert "USER 10001:10001" in text
    assert "+deb13_amd64.deb" in text
    assert manifest("StatefulSet")["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == 10001
