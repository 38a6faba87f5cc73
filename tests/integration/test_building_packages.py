"""The .deb as it is built: what is in it, that it is the same every time, and what lintian says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import __version__

REPOSITORY = Path(__file__).resolve().parents[2]
SWITCH = "BACKROOM_PACKAGE_TEST"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.environ.get(SWITCH) != "1", reason=f"builds packages from the registry: set {SWITCH}=1"),
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb (Debian: apt install dpkg)"),
]

MUST_HAVE = (
    "./usr/bin/backroom",
    "./usr/lib/backroom/appliance/cli/root.py",
    "./usr/lib/backroom/migrations/0001_log.sql",
    "./usr/lib/systemd/system/backroom.service",
    "./usr/lib/sysusers.d/backroom.conf",
    "./usr/lib/tmpfiles.d/backroom.conf",
    "./usr/share/man/man1/backroom.1.gz",
    "./usr/share/bash-completion/completions/backroom",
    "./usr/share/doc/backroom/html/how-to/install.html",
    "./usr/share/doc/backroom/html/how-to/open-the-store.html",
    "./usr/share/doc/backroom/html/reference/events.html",
    "./usr/share/doc/backroom/html/pictures/today.svg",
    "./usr/share/doc/backroom/html/openapi.json",
    "./usr/share/doc/backroom/examples/prometheus/alerts.yml",
    "./usr/share/doc/backroom/examples/grafana/store.json",
    "./usr/lib/backroom/site/grpc/__init__.py",
    "./usr/lib/backroom/site/opentelemetry/sdk/trace/__init__.py",
    "./usr/share/doc/backroom/copyright",
    "./etc/backroom/config.toml",
)


def build(into: Path, release: str, *options: str) -> Path:
    command = [sys.executable, str(REPOSITORY / "packaging/deb/build.py"), "--release", release, "--into", str(into)]
    said = subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout
    return Path(said.strip())


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(
        tmp_path_factory.mktemp(request.param), request.param, "--level", "1"
    )  # xz all the same: lintian wants it


def listed(package: Path) -> dict[str, list[str]]:
    said = subprocess.run(["dpkg-deb", "-c", str(package)], check=True, capture_output=True, text=True).stdout
    return {line.split()[5]: line.split() for line in said.splitlines()}


def test_a_package_holds_what_a_store_needs_and_root_owns_it(package: Path) -> None:
    found = listed(package)

    assert [name for name in MUST_HAVE if name not in found] == []
    assert {fields[1] for fields in found.values()} == {"root/root"}


def test_a_package_holds_nothing_that_only_a_builder_needs(package: Path) -> None:
    parts = ("/__pycache__/", "/site/bin/", "/site/pip/", ".pyc", "/site/pytest")

    assert [name for name in listed(package) if any(part in name for part in parts)] == []


def test_a_package_is_called_as_the_program_calls_itself(package: Path) -> None:
    said = subprocess.run(["dpkg-deb", "-f", str(package), "Version"], check=True, capture_output=True, text=True)

    assert said.stdout.startswith(f"{__version__}-")


def test_every_compiled_library_is_for_the_release_s_python(package: Path) -> None:
    tag = "cpython-311" if "deb12" in package.name else "cpython-313"
    tied = [name for name in listed(package) if ".cpython-" in name]

    assert tied
    assert [name for name in tied if tag not in name] == []


def test_lintian_has_nothing_to_say(package: Path) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("needs lintian (Debian: apt install lintian)")
    said = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", str(package)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert said.returncode == 0, said.stdout


def test_the_same_commit_gives_the_same_bytes(tmp_path: Path) -> None:
    once, again = (build(tmp_path / name, "bookworm", "--compression", "zstd") for name in ("once", "again"))

    assert once.read_bytes() == again.read_bytes()
