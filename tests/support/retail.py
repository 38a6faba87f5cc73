"""A real retailer's nine months in a store, imported the way its owner would."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.store_config import CONFIG

STORE, ANSWER, SETTINGS = "store", "answer.json", "config.toml"


@dataclass(frozen=True)
class Months:
    """Where they are. Whoever changes anything does so in a copy, which begins a new life of the log."""

    folder: Path

    @property
    def config(self) -> Path:
        """The settings file of the store."""
        return self.folder / SETTINGS

    @property
    def answer(self) -> Any:
        """What the import said."""
        return json.loads((self.folder / ANSWER).read_text())

    def copy(self, data: Path) -> None:
        """All of it as a data directory of one's own."""
        shutil.copytree(self.folder / STORE, data)


def imported(folder: Path, months: Sequence[Path]) -> None:
    """Import them into a store of this folder, and keep what was said."""
    (folder / SETTINGS).write_text(CONFIG)
    given = ["--data", str(folder / STORE), "--config", str(folder / SETTINGS)]
    command = [sys.executable, "-m", "appliance", *given, "import", "sales", *map(str, months), "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    (folder / ANSWER).write_text(said.stdout)
