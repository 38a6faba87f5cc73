"""The `backroom` command, called in this process and read as a shell would."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.cli import root
from tests.support.store_config import CONFIG

COLUMNS = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one line of JSON on the standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Backroom:
    """The command line on one store."""

    data: Path
    config: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | Path) -> Said:
        """Run one command."""
        self.capsys.readouterr()
        code = root.run(self.given(*arguments))
        captured = self.capsys.readouterr()
        return Said(code, captured.out, captured.err)

    def given(self, *arguments: str | Path) -> list[str]:
        """The arguments as a shell would pass them."""
        return ["--data", str(self.data), "--config", str(self.config), *[str(each) for each in arguments]]

    def ok(self, *arguments: str | Path) -> Said:
        """Run one command that has to work."""
        said = self(*arguments)
        assert said.code == 0, said.err
        return said

    def answer(self, *arguments: str | Path) -> Any:
        """What a command that has to work answers as JSON."""
        return self.ok(*arguments, "--json").json

    def on(self, name: str) -> "Backroom":
        """The command line on another store, beside this one."""
        return Backroom(self.data.parent / name, self.config, self.capsys)


def backroom_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    """The command line on a store of its own, which does not exist yet."""
    config = folder / "config.toml"
    config.write_text(CONFIG)
    return Backroom(folder / "store", config, capsys)
