"""The container's files, which no engine has run here: that they are well formed and keep to what a store needs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance import __version__

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
CONTAINER = PACKAGING / "container"


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


def test_every_file_and_volume_that_compose_mounts_is_there() -> None:
    (compose,) = documents("container/compose.yaml")
    mounted = [volume.split(":")[0] for each in compose["services"].values() for volume in each.get("volumes", ())]
    made_by_hand = {"./prometheus.token"}  # a secret; the file says how it is made

    files = {name for name in mounted if name.startswith("./")} - made_by_hand
    assert [name for name in files if not (CONTAINER / name).exists()] == []
    assert {name for name in mounted if not name.startswith(".")} == set(compose["volumes"])


def test_no_image_floats() -> None:
    text = "".join(path.read_text() for path in [CONTAINER / "compose.yaml", PACKAGING / "k3s/backroom.yaml"])
    images = re.findall(r"image: (\S+)", text)

    assert [image for image in images if not re.search(r":v?\d", image)] == []
    assert {image for image in images if image.startswith("backroom:")} == {f"backroom:{__version__}"}


def test_the_image_runs_the_package_as_nobody_in_particular() -> None:
    text = (CONTAINER / "Dockerfile").read_text()

    assert "USER 10001:10001" in text
    assert "+deb13_amd64.deb" in text
    assert manifest("StatefulSet")["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == 10001
