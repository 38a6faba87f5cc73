"""A real terminal of 80x24, by tmux: what a driver does is not seen by a pilot."""

import asyncio
import subprocess
import uuid

DEADLINE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.1


class Tmux:
    """One terminal on a tmux server of its own; `close` ends both."""

    def __init__(self) -> None:
        self.name = f"backroom-{uuid.uuid4().hex[:8]}"

    async def __call__(self, *arguments: str) -> str:
        """One tmux command; what it said."""
        process = await asyncio.create_subprocess_exec(
            "tmux", "-L", self.name, *arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        said, _ = await process.communicate()
        return said.decode()

    async def start(self, *command: str) -> None:
        """Run a command in the terminal."""
        await self("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", *command)

    async def keys(self, *keys: str) -> None:
        """Press keys by their tmux names."""
        await self("send-keys", *keys)

    async def type(self, text: str) -> None:
        """Type a text, then Enter."""
        await self("send-keys", "-l", text)
        await self("send-keys", "Enter")

    async def shows(self, *texts: str) -> str:
        """Wait until all texts are on the terminal; answers all of it."""
        shown = ""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while True:
                    shown = await self("capture-pane", "-p")
                    if all(text in shown for text in texts):
                        return shown
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
        except TimeoutError:
            raise AssertionError(f"not all of {texts} on:\n{shown}") from None

    async def close(self) -> None:
        """End it."""
        await self("kill-server")
