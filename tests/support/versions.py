"""Another version of the program, planted in a tree: one that crashes, hangs, or changes the file's form."""

import re
from pathlib import Path

CRASH = 'raise RuntimeError("planted")\n'
HANG = "import time\n(settings.data_dir / 'hangs').touch()\ntime.sleep(600)\n"
MIGRATION = "CREATE TABLE of_the_new_version (a INTEGER PRIMARY KEY) STRICT;\n"
PLANTED = "0099_planted"
LAST = '    "0004_operators",\n'
GATE = "        _stop_on_failure(services, stop)\n"


def become(tree: Path, version: str, plant: str = "", *, migrates: bool = False) -> Path:
    """The tree says that it is this version; `plant` runs once the file has been migrated, before it is ready."""
    _changed(tree / "appliance/__init__.py", r'(?m)^__version__ = ".*"$', f'__version__ = "{version}"')
    if migrates:
        (tree / f"migrations/{PLANTED}.sql").write_text(MIGRATION)
        _changed(tree / "migrations/__init__.py", re.escape(LAST), f'{LAST}    "{PLANTED}",\n')
    if plant:
        _changed(tree / "appliance/supervisor.py", re.escape(GATE), f"        {_indented(plant)}")
    return tree


def _changed(path: Path, pattern: str, new: str) -> None:
    text, times = re.subn(pattern, lambda _: new, path.read_text(), count=1)
    assert times == 1, f"{path} has no {pattern}"
    draft = path.with_name(f".{path.name}")  # the file itself may be a link to another tree's
    draft.write_text(text)
    draft.replace(path)


def _indented(plant: str) -> str:
    return plant.replace("\n", "\n        ").rstrip(" ")
