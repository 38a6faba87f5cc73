"""The third-party libraries of a package: exactly those of the lock, for another machine's Python than this one's."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from debbuild import extras
from debbuild.releases import ARCHITECTURES, Release

LEFT_OUT: Mapping[str, str] = {
    "pip": "sqlite-utils asks for it to install plugins; a store installs none",
}
FROM_SOURCE: Mapping[str, str] = {
    "nkeys": "its author publishes no wheel; it is pure Python, so that one made here runs everywhere",
}
# Newest first. All of them run on a glibc of 2.28 or newer, as Debian 12 and 13 have.
PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
NOT_NEEDED = ("bin", "*/tests", "*/test", "**/__pycache__", "*.dist-info/RECORD", "*.dist-info/direct_url.json",
              "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*.dist-info/licenses/**/.gitignore")  # fmt: skip

_PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def install(repository: Path, site: Path, release: Release, architecture: str, scratch: Path) -> None:
    """Fill `site`; every file that comes in was checked against the lock's hashes."""
    wanted = dict(chosen(repository))
    built = _wheels_from_source("".join(wanted.pop(name) for name in FROM_SOURCE if name in wanted), scratch)
    listed = scratch / "wheels.txt"
    listed.write_text("".join(wanted.values()))
    _run(*_PIP, "install", *_for(release, architecture), "--require-hashes", "-r", str(listed), "--target", str(site))
    if built:
        _run(*_PIP, "install", "--no-index", *_for(release, architecture), "--target", str(site), *map(str, built))
    _strip(site)


def chosen(repository: Path) -> Mapping[str, str]:
    """Name -> the lines of a lock that pin it, for all that is shipped."""
    lock = entries((repository / "requirements.lock").read_text())
    more = extras.beyond(lock, entries((repository / "requirements-dev.lock").read_text()))
    return {name: text for name, text in {**lock, **more}.items() if name not in LEFT_OUT}


def entries(lock: str) -> dict[str, str]:
    """Name -> the lines of the lock that pin it."""
    return {found[1]: found[0] for found in re.finditer(r"^([a-z0-9-]+)==.*\n(?:[ ]+--hash=.*\n)*", lock, re.MULTILINE)}


def _for(release: Release, architecture: str) -> list[str]:
    digits = "".join(map(str, release.python))
    machine = ARCHITECTURES[architecture]
    return [
        *("--no-deps", "--no-compile", "--no-warn-conflicts", "--only-binary=:all:", "--upgrade"),
        *("--implementation", "cp", "--python-version", ".".join(map(str, release.python))),
        *(f"--abi={abi}" for abi in (f"cp{digits}", "abi3", "none")),
        *(f"--platform={platform}_{machine}" for platform in PLATFORMS),
    ]


def _wheels_from_source(lock: str, scratch: Path) -> list[Path]:
    if not lock:
        return []
    listed, into = scratch / "sources.txt", scratch / "built"
    listed.write_text(lock)
    _run(*_PIP, "wheel", "--no-deps", "--no-build-isolation", "--require-hashes", "-r", str(listed), "-w", str(into))
    built = sorted(into.glob("*.whl"))
    tied = [wheel.name for wheel in built if not wheel.name.endswith("-none-any.whl")]
    if tied:
        message = f"{', '.join(tied)} would run on this machine's Python only"
        raise SystemExit(message)
    return built


def _strip(site: Path) -> None:
    for pattern in NOT_NEEDED:
        for found in sorted(site.glob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:5])} ...: {done.stderr.strip()[-1_000:]}")
