"""Where everything of a package stands."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from debbuild import conffile, control, libraries, pages, site
from debbuild.releases import Release

OURS = ("appliance", "migrations", "tui")
UNITS: Mapping[str, str] = {
    "backroom.service": "usr/lib/systemd/system/backroom.service",
    "backroom-backup.service": "usr/lib/systemd/system/backroom-backup.service",
    "backroom-backup.timer": "usr/lib/systemd/system/backroom-backup.timer",
    "backroom-failure@.service": "usr/lib/systemd/system/backroom-failure@.service",
    "backroom.sysusers": "usr/lib/sysusers.d/backroom.conf",
    "backroom.tmpfiles": "usr/lib/tmpfiles.d/backroom.conf",
}
EXAMPLES = ("prometheus/alerts.yml", "grafana/store.json")
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
LIBRARY = "usr/lib/backroom"
DOCUMENTS = "usr/share/doc/backroom"

FILE, PROGRAM, FOLDER = 0o644, 0o755, 0o755


def fill(tree: Path, repository: Path, version: str, release: Release, architecture: str, epoch: int) -> None:
    """Lay the whole package out in `tree`, ready for dpkg-deb."""
    files = Path(__file__).parent.parent / "files"
    scratch = tree.with_name("scratch")
    scratch.mkdir()
    libraries.install(repository, tree / LIBRARY / "site", release, architecture, scratch)
    _ours(repository, tree / LIBRARY, version)
    for source, target in UNITS.items():
        _put(tree / target, (repository / "systemd" / source).read_bytes())
    _put(tree / "usr/bin/backroom", (files / "backroom").read_bytes())
    _put(tree / "usr/share/lintian/overrides/backroom", (files / "lintian-overrides").read_bytes())
    _put(tree / "etc/backroom/config.toml", conffile.text().encode())
    _put(tree / "usr/share/bash-completion/completions/backroom", pages.completion().encode())
    _put(tree / "usr/share/man/man1/backroom.1.gz", control.packed(pages.manual(version, epoch).encode()))
    _documents(tree, repository, version, release, epoch)
    _known_to_dpkg(tree, files, version, release, architecture)
    _modes(tree)


def _ours(repository: Path, into: Path, version: str) -> None:
    for name in OURS:
        if (repository / name).is_dir():
            shutil.copytree(repository / name, into / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    said = into / "appliance" / "__init__.py"
    said.write_text(re.sub(r'(?m)^__version__ = ".*"$', f'__version__ = "{version}"', said.read_text()))


def _documents(tree: Path, repository: Path, version: str, release: Release, epoch: int) -> None:
    at = tree / DOCUMENTS
    site.write(repository, at / "html")
    for source in EXAMPLES:
        _put(at / "examples" / source, (repository / "packaging" / source).read_bytes())
    _put(at / "changelog.gz", control.packed((repository / "CHANGELOG.md").read_bytes()))
    _put(at / "changelog.Debian.gz", control.history(version, release, epoch))
    _put(at / "copyright", control.rights(tree / LIBRARY / "site", "the authors of Backroom").encode())


def _known_to_dpkg(tree: Path, files: Path, version: str, release: Release, architecture: str) -> None:
    described = control.fields(version, release, architecture, tree)
    _put(tree / "DEBIAN/md5sums", control.checksums(tree).encode())
    _put(tree / "DEBIAN/control", described.encode())
    _put(tree / "DEBIAN/conffiles", b"/etc/backroom/config.toml\n")
    for name in SCRIPTS:
        if (files / name).exists():
            _put(tree / "DEBIAN" / name, (files / name).read_bytes())


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _modes(tree: Path) -> None:
    """The same rights whatever the builder's umask is; only what is run may be run."""
    programs = {tree / "usr/bin/backroom", *(tree / "DEBIAN" / name for name in SCRIPTS)}
    for path in [tree, *tree.rglob("*")]:
        path.chmod(FOLDER if path.is_dir() else PROGRAM if path in programs else FILE)
