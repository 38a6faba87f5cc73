"""Build the .deb files: `make deb`, or `python packaging/deb/build.py --help` for a choice.

Needs dpkg-deb, the project's own .venv, and the package registry (or pip's cache). A commit always gives the same
bytes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(Path(__file__).resolve().parent)]

from appliance import __version__  # noqa: E402  the repository comes first on the path
from debbuild import layout  # noqa: E402  the same
from debbuild.releases import ARCHITECTURES, RELEASES, Release, debian_version  # noqa: E402  the same


def main() -> None:
    """Build what was asked for, and print where it is."""
    asked = _arguments()
    for codename in asked.release or RELEASES:
        print(build(RELEASES[codename], asked.version, asked.architecture, asked.into, _squeezed(asked)))


def build(release: Release, version: str, architecture: str, into: Path, squeezed: list[str]) -> Path:
    """One package."""
    epoch = _epoch()
    name = f"backroom_{debian_version(version, release)}_{architecture}.deb"
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        layout.fill(tree, REPOSITORY, version, release, architecture, epoch)
        subprocess.run(
            ["dpkg-deb", *squeezed, "--root-owner-group", "--build", str(tree), str(into / name)],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
        )
    return into / name


def _epoch() -> int:
    """The time that everything in the package carries: given, or that of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is not None:
        return int(given)
    asked = ["git", "-C", str(REPOSITORY), "log", "-1", "--format=%ct"]
    return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def _squeezed(asked: argparse.Namespace) -> list[str]:
    return [f"-Z{asked.compression}", *([f"-z{asked.level}"] if asked.level is not None else [])]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build Backroom's Debian packages.")
    parser.add_argument("--release", action="append", choices=RELEASES, help="which Debian; by default all")
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="amd64")
    parser.add_argument("--version", default=__version__, help="call it so; by default as the program does")
    parser.add_argument("--into", type=Path, default=REPOSITORY / "build" / "deb")
    parser.add_argument("--compression", choices=("xz", "zstd"), default="xz", help="zstd is quicker, and larger")
    parser.add_argument("--level", type=int, choices=range(10), help="how hard to compress; 1 is quick")
    return parser.parse_args()


if __name__ == "__main__":
    main()
