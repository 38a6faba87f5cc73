"""The console in a real terminal, by tmux: what a driver or a paste does is not seen by a pilot."""

import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.polling import wait_until

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: apt install tmux")
COFFEE = "9521000000018"


class Tmux:
    """One terminal of 80x24."""

    def __init__(self) -> None:
        self.name = f"backroom-{uuid.uuid4().hex[:8]}"

    def __call__(self, *arguments: str) -> str:
        command = ["tmux", "-L", self.name, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def start(self, command: str) -> None:
        self("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", command)

    def keys(self, *keys: str) -> None:
        self("send-keys", *keys)

    def step(self, key: str) -> None:
        """Press a key and wait until the terminal has been painted anew."""
        before = self("capture-pane", "-e", "-p")
        self.keys(key)
        wait_until(lambda: self("capture-pane", "-e", "-p") != before)

    def shows(self, text: str) -> str:
        def seen() -> str:
            shown = self("capture-pane", "-p")
            return shown if text in shown else ""

        try:
            return wait_until(seen, 20.0)
        except AssertionError:
            raise AssertionError(f"{text!r} is not on:\n{self('capture-pane', '-p')}") from None


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    data = tmp_path / "s"
    run = [sys.executable, "-m", "appliance", "--data", str(data), "run", "--json", "--port", "0"]
    tmux = Tmux()
    with subprocess.Popen([*run, "--first-start-catalogue"], stdout=subprocess.PIPE, text=True) as store:
        try:
            assert store.stdout is not None
            assert store.stdout.readline()
            options = f"--data {data} tui --register till-1 --lang en"
            tmux.start(f"env PYTHONPATH={Path.cwd()} {sys.executable} -m appliance {options}")
            yield tmux
        finally:
            tmux("kill-server")
            store.terminate()


@needs_tmux
def test_a_shop_is_worked_in_a_real_terminal(terminal: Tmux) -> None:
    terminal.shows("Taken by tender")
    _sell(terminal, terminal.shows)
    terminal.keys("F6")
    terminal.shows("Only oversold")
    terminal.shows("Coffee")
    terminal.keys(COFFEE, "Enter")
    terminal.shows("here 47")
    terminal.keys("C-t")
    terminal.shows("Count all of it")
    terminal.keys("-l", "40")
    terminal.step("Enter")
    terminal.keys("Enter")
    terminal.shows("you found 40: -7")
    terminal.keys("Tab", "Enter")
    terminal.shows("here 40")


def _sell(terminal: Tmux, shows: Callable[[str], str]) -> None:
    terminal.keys("F3")
    shows("Scan the first product")
    terminal.keys(COFFEE, "Enter")
    shows("Total 6.49 EUR")
    terminal.keys("F9")
    shows("How is it paid?")
    terminal.keys("-l", "10")
    shows(" 10 ")
    terminal.step("Enter")
    terminal.step("Enter")
    terminal.keys("Enter")
    shows("Change: 3.51 EUR")
