"""What dpkg knows of a package: its control fields, its checksums, its licence and its history."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from debbuild.releases import Release, debian_version

MAINTAINER = "Backroom maintainers <maintainers@backroom.example>"

_DESCRIPTION = """\
box in the back room that keeps a store selling
 Tills ring up their sales on this machine over local HTTP. Every sale is in an
 append-only log on its disk before it is acknowledged, is never lost and never
 doubled, and reaches head office exactly once when the network is there.
 .
 The store runs as the service backroom.service under a user of its own; its
 data is in /var/lib/backroom, its settings are in /etc/backroom/config.toml."""


def fields(version: str, release: Release, architecture: str, tree: Path) -> str:
    """DEBIAN/control."""
    installed = sum(-(-path.lstat().st_size // 1024) for path in tree.rglob("*") if path.is_file())
    pairs = {
        "Package": "backroom",
        "Version": debian_version(version, release),
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(installed),
        "Depends": f"{release.needs_python}, libc6 (>= 2.28), libgcc-s1, libstdc++6, systemd (>= 252)",
        "Recommends": "ca-certificates, systemd-timesyncd | time-daemon",
        "Section": "misc",
        "Priority": "optional",
        "Description": _DESCRIPTION,
    }
    return "".join(f"{name}: {value}\n" for name, value in pairs.items())


def checksums(tree: Path) -> str:
    """DEBIAN/md5sums: the form dpkg knows; what nobody may change is told by the log's own hashes."""
    files = sorted(path for path in tree.rglob("*") if path.is_file() and path.relative_to(tree).parts[0] != "DEBIAN")
    return "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(tree)}\n"
        for path in files
        if path.relative_to(tree).parts[0] != "etc"
    )


def history(version: str, release: Release, epoch: int) -> bytes:
    """changelog.Debian.gz; what changed for a store stands in CHANGELOG.md, which comes along."""
    when = format_datetime(datetime.fromtimestamp(epoch, UTC))
    text = (
        f"backroom ({debian_version(version, release)}) {release.codename}; urgency=medium\n\n"
        f"  * Release {version}. See changelog.gz.\n\n -- {MAINTAINER}  {when}\n"
    )
    return packed(text.encode())


def packed(data: bytes) -> bytes:
    """Compressed, without a time in it."""
    return gzip.compress(data, 9, mtime=0)


def rights(site: Path, own: str) -> str:
    """The copyright file: ours, and one paragraph a library with what its metadata says."""
    parts = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
        "Upstream-Name: Backroom",
        "",
        "Files: *",
        f"Copyright: {own}",
        "License: Apache-2.0",
        " On Debian systems the full text of the Apache License 2.0 is in",
        " /usr/share/common-licenses/Apache-2.0.",
        "",
    ]
    for metadata in sorted(site.glob("*.dist-info/METADATA")):
        name, version, licence = _licence(metadata.read_text(encoding="utf-8"))
        short = re.sub(r"[^A-Za-z0-9.+-]+", "-", licence).strip("-")[:60] or "see-its-metadata"
        folder = metadata.parent.name
        parts += [
            f"Files: usr/lib/backroom/site/{name.replace('-', '_')}* usr/lib/backroom/site/{folder}/*",
            f"Copyright: the authors of {name} {version}",
            f"License: {short}-{name}",
            f" {licence or 'Not stated in one word.'}",
            f" The full text, where its authors ship one, is in /usr/lib/backroom/site/{folder}.",
            "",
        ]
    return "\n".join(parts)


def _licence(metadata: str) -> tuple[str, str, str]:
    head = metadata.split("\n\n", 1)[0]
    found = dict(re.findall(r"^(Name|Version|License-Expression|License): (.+)$", head, re.MULTILINE))
    classified = re.findall(r"^Classifier: License :: (?:OSI Approved :: )?(.+)$", head, re.MULTILINE)
    licence = found.get("License-Expression") or ", ".join(classified) or found.get("License", "")
    return found["Name"], found["Version"], licence
