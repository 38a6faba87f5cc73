"""A clean Debian under its own real systemd, for packages: made once by mmdebstrap, copied and booted by nspawn.

It has a network of its own with loopback alone in it, so that its ports are nobody else's.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.polling import wait_until

INCLUDED = "systemd,systemd-sysv,dbus,python3,curl,ca-certificates"
TOOLS = {"mmdebstrap": "mmdebstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux", "dpkg-deb": "dpkg"}
MAKE_SECONDS, BOOT_SECONDS, COMMAND_SECONDS = 900, 90, 240
SWITCH = "BACKROOM_PACKAGE_TEST"


def why_not() -> str | None:
    """What keeps a machine from this, in words; None where nothing does."""
    if os.environ.get(SWITCH) != "1":
        return f"takes minutes and builds a Debian root; set {SWITCH}=1 to run it"
    if os.geteuid() != 0:
        return "needs root"
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    return f"needs {', '.join(missing)} (Debian: apt install {' '.join(missing)})" if missing else None


@dataclass(frozen=True)
class Debian:
    """A booted one."""

    root: Path
    nspawn: int
    codename: str

    @property
    def leader(self) -> int | None:
        """Its first process, as this machine counts; nspawn's first child comes and goes before it is there."""
        children = Path(f"/proc/{self.nspawn}/task/{self.nspawn}/children").read_text().split()
        return int(children[0]) if children else None

    def run(self, command: str, *, check: bool = True) -> str:
        """What a shell in it says to a command, on both outputs."""
        done = subprocess.run(
            ["nsenter", "--target", str(self.leader), "--all", "/bin/sh", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        )
        said = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{said[-2_000:]}"
        return said

    def says(self, command: str) -> str:
        """The same on one line, whether it worked or not."""
        return self.run(command, check=False).strip()

    def main_process(self, unit: str) -> int:
        """A unit's first process, as this machine counts; 0 while it has none."""
        inside = self.run(f"systemctl show --value --property=MainPID {unit}").strip()
        within = Path(f"/proc/{self.leader}/ns/pid").readlink()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # processes come and go
                numbers = re.search(r"^NSpid:.*\t(\d+)$", (process / "status").read_text(), re.MULTILINE)
                if numbers and numbers[1] == inside and (process / "ns/pid").readlink() == within:
                    return int(process.name)
        return 0


def prepared(codename: str) -> Path:
    """A root that nobody boots; kept for the next time."""
    root = Path("/var/tmp") / f"backroom-root-{codename}"
    if not (root / "usr/bin/python3").exists():
        draft = root.with_suffix(".part")
        shutil.rmtree(draft, ignore_errors=True)
        made = ["nice", "mmdebstrap", "--quiet", "--variant=minbase", f"--include={INCLUDED}", codename, str(draft)]
        subprocess.run(made, check=True, timeout=MAKE_SECONDS)
        draft.rename(root)
    return root


@contextmanager
def booted(base: Path, folder: Path, codename: str) -> Iterator[Debian]:
    """A copy of it, running, gone at the end."""
    root = folder / "root"
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
    command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "-D", str(root), "-b"]
    with (folder / "console").open("wb") as console, subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=console, stderr=console
    ) as nspawn:  # fmt: skip
        try:
            debian = Debian(root, nspawn.pid, codename)
            up = "systemctl is-system-running --wait"
            wait_until(lambda: debian.says(up) in {"running", "degraded"}, BOOT_SECONDS)
            yield debian
        finally:
            nspawn.terminate()  # nspawn ends what runs in it
            nspawn.wait(BOOT_SECONDS)
            shutil.rmtree(root, ignore_errors=True)
