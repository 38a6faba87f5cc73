"""A mail server on loopback: as much of SMTP as it takes to log in and hand one message over."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

ANSWERS = {"EHLO": "250-loopback\r\n250 AUTH PLAIN", "AUTH": "235 welcome", "QUIT": "221 bye"}


@dataclass
class MailServer:
    """What it was told."""

    port: int = 0
    logins: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        writer.write(b"220 loopback\r\n")
        while line := (await reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            if verb.upper() == "AUTH":
                self.logins.append(base64.b64decode(rest.split()[-1]).decode().replace("\0", " ").strip())
            if verb.upper() == "DATA":
                writer.write(b"354 go on\r\n")
                self.messages.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write(f"{ANSWERS.get(verb.upper(), '250 ok')}\r\n".encode())
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """One that runs until the block is left."""
    mail = MailServer()
    server = await asyncio.start_server(mail.talk, "127.0.0.1", 0)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()
