"""Every command that the tutorial and the how-tos tell to type is typed by a test, or stands here with a reason."""

import io
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.integration.test_cli_docs import typed
from tests.support import documented
from tests.support.command_line import COLUMNS, Backroom, backroom_in
from tests.support.source_tree import REPOSITORY

PRODUCTS = "product_id,name,tax_code,price\ncoffee,Coffee,reduced,6.49\nsoap,Soap,standard,3.20\n"
INVOICE = "536365,85123A,HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom"

Replaced = Mapping[str, str]
"""What a page says for something that only a real store knows: its words -> what stands there here."""


def with_products(backroom: Backroom, folder: Path) -> Replaced:
    del backroom
    (folder / "products.csv").write_text(PRODUCTS)
    return {}


def with_old_data(backroom: Backroom, folder: Path) -> Replaced:
    (folder / "customers.csv").write_text("name,email,country\nAda Example,ada@example.org,DE\n")
    (folder / "old-sales.csv").write_text(f"{COLUMNS}\n{INVOICE}\n")
    return with_products(backroom, folder)


def with_months(backroom: Backroom, folder: Path) -> Replaced:
    months = {"2011-01.csv.xz": folder / "2011-01.csv", "2011-02.csv.xz": folder / "2011-02.csv"}
    for number, path in enumerate(months.values()):
        path.write_text(f"{COLUMNS}\n{INVOICE.replace('536365', str(536365 + number))}\n")
    return {**with_products(backroom, folder), **{name: path.name for name, path in months.items()}}


def with_a_backup(backroom: Backroom, folder: Path) -> Replaced:
    name = backroom.answer("backup", "create")["name"]
    copied = backroom.data / "backups" / name
    return {
        "\nbackroom --data /var/lib/backroom-new run": "",  # it stays until it is stopped; test_backing_up starts one
        "/mnt/backups/20261124T030000Z-48213": str(copied),
        "20261124T030000Z-48213": name,
        "/var/lib/backroom-new": str(folder / "new"),
    }


def with_a_customer(backroom: Backroom, folder: Path) -> Replaced:
    del folder
    return {"CUSTOMER_ID": backroom.answer("customers", "add", "--name", "Ada")["customer_id"]}


def as_it_is(backroom: Backroom, folder: Path) -> Replaced:
    del backroom, folder
    return {}


TYPED_HERE: Mapping[str, Callable[[Backroom, Path], Replaced]] = {
    "docs/how-to/back-up-and-restore.md": with_a_backup,
    "docs/how-to/erase-a-customer.md": with_a_customer,
    "docs/how-to/import.md": with_months,
    "docs/how-to/move-from-another-pos.md": with_old_data,
    "docs/how-to/open-the-store.md": with_products,
    "docs/how-to/rebuild-a-view.md": as_it_is,
    "docs/how-to/upgrade-and-roll-back.md": as_it_is,
    "docs/how-to/verify-and-repair.md": as_it_is,
}
TYPED_ELSEWHERE: Mapping[str, str] = {
    "README.md": "tests/integration/test_cli_docs.py",
    "docs/tutorial.md": "tests/integration/test_cli_docs.py",
    "docs/how-to/replace-the-box.md": "tests/integration/test_replacing_the_box.py",
    "docs/how-to/settings-for-all-stores.md": "tests/integration/test_working_at_head_office.py",
    "docs/how-to/try-orders.md": "tests/integration/test_docs_trying_orders.py",
    "docs/how-to/run.md": "tests/integration/test_cli_docs.py",
}
IN_A_DEBIAN = "tests/faults/test_package_in_a_store.py installs, upgrades and rolls back packages in a clean Debian"
ON_A_MACHINE = "it is the machine's own; the store is under systemd in tests/faults/test_package_under_systemd.py"
PICKING = "tests/integration/test_fulfilling_pickups.py"
IN_THE_CONSOLE = "tests/tui types in the console"
NOT_TYPED: Mapping[str, str] = {
    "make run": "it is what tests/integration/test_cli_docs.py starts, in the foreground",
    "make demo": "tests/integration/test_demonstrating.py",
    "make deb": "tests/integration/test_building_packages.py",
    "apt install ./backroom_0.1.0-1+deb12_amd64.deb": IN_A_DEBIAN,
    "apt install ./backroom_0.1.1-1+deb12_amd64.deb": IN_A_DEBIAN,
    "apt install --allow-downgrades ./backroom_0.1.0-1+deb12_amd64.deb": IN_A_DEBIAN,
    "backroom hq provision berlin-1 berlin-2 --files-only": "tests/integration/test_provisioning.py",
    "backroom hq provision --ca ca.crt": "tests/integration/test_provisioning.py",
    "apt-mark hold backroom": "apt's own",
    "systemctl status backroom": ON_A_MACHINE,
    "backroom config check && systemctl restart backroom": ON_A_MACHINE,
    "backroom --version": IN_A_DEBIAN,
    "backroom registers add till-1": IN_A_DEBIAN,
    "backroom import products products.csv": IN_A_DEBIAN,
    'backroom device add "Front till" --register till-1': IN_A_DEBIAN,
    "backroom orders pick ORDER --short 1 2 --substitute 1 mug-blue 1 --operator anna": PICKING,
    "backroom problems list": "tests/integration/test_problems.py",
    "backroom problems fix backup-old": "tests/integration/test_problems.py",
    "backroom problems resolve finding-3": "tests/integration/test_problems.py",
    "backroom --data /var/lib/backroom tui --register till-1": IN_THE_CONSOLE,
    "backroom tui --url https://store-1:8443 --token-file till.token --certificate store.pem": IN_THE_CONSOLE,
}


PLAIN = re.compile(r"(?:echo (?P<told>\S+) \| )?(?P<command>backroom [^|<>$;&\n]+)(?:> (?P<into>\S+))?")


def followed(block: str, backroom: Backroom, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type a block: in this process where its commands are plain, since a Python of its own costs each a second."""
    lines = [line for line in block.splitlines() if line]
    plain = [found for line in lines if (found := PLAIN.fullmatch(line))]
    if len(plain) < len(lines):
        typed(block, folder, backroom.data)
        return
    for line in plain:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{line['told'] or 'y'}\n"))
        said = backroom(*shlex.split(line["command"])[1:])
        assert said.code == 0, f"{line[0]}: {said.err}"
        if line["into"]:
            Path(line["into"]).write_text(said.out)


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    backroom = backroom_in(tmp_path, capsys)
    backroom.config.write_text("")
    backroom.ok("migrate")
    return backroom


def replaced(block: str, stand_ins: Replaced) -> str:
    for words, stand_in in stand_ins.items():
        block = block.replace(words, stand_in)
    return block


@pytest.mark.parametrize("page", TYPED_HERE)
def test_a_page_can_be_followed_to_its_end(
    page: str, backroom: Backroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = [block for language, block in documented.fenced(page) if language == "sh"]
    stand_ins = TYPED_HERE[page](backroom, tmp_path)
    assert [words for words in stand_ins if not any(words in block for block in blocks)] == []

    for block in blocks:
        followed(replaced(block, stand_ins), backroom, tmp_path, monkeypatch)


@pytest.mark.parametrize("page", documented.PAGES)
def test_every_page_with_commands_is_followed_by_a_test(page: str) -> None:
    followed = page in TYPED_HERE or page in TYPED_ELSEWHERE

    assert followed == bool(documented.run(page)), (
        f"name {page} in {Path(__file__).name}: TYPED_HERE or TYPED_ELSEWHERE"
    )


def test_what_follows_a_page_elsewhere_names_it() -> None:
    strangers = {
        page: test for page, test in TYPED_ELSEWHERE.items() if Path(page).name not in (REPOSITORY / test).read_text()
    }

    assert strangers == {}


@pytest.mark.parametrize("page", documented.PAGES)
def test_a_command_that_is_only_shown_has_a_reason(page: str) -> None:
    found = [command for command in documented.shown(page) if command not in NOT_TYPED]

    assert found == [], f"type it in a test (a block marked sh), or name it in {Path(__file__).name}: NOT_TYPED"


def test_no_reason_is_kept_for_a_command_that_is_gone() -> None:
    there = {command for page in documented.PAGES for command in documented.shown(page)}

    assert NOT_TYPED.keys() - there == set()


def test_every_file_that_a_reason_names_exists() -> None:
    named = [word for reason in NOT_TYPED.values() for word in shlex.split(reason.replace(";", " ").replace("'", ""))]

    assert [name for name in named if name.startswith("tests/") and not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("page", sorted((REPOSITORY / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_command_that_a_page_speaks_of_exists(page: Path) -> None:
    assert [missing for command in documented.spoken_of(page) if (missing := documented.unknown(command))] == []


@pytest.mark.parametrize("planted", ["backroom sales invented", "backroom sales list --invented", "backroom invented"])
def test_a_planted_command_is_found(planted: str) -> None:
    assert documented.unknown(planted)
