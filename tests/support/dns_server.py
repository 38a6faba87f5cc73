"""A name server on loopback that answers SRV questions, is switched off, or answers nonsense."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Record = tuple[int, int, str]  # priority, port, target


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """What it answers can be changed while it runs."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    silent: bool = False
    garbage: bool = False
    asked: int = 0
    port: int = 0
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        assert self._transport is not None
        if self.garbage:
            self._transport.sendto(b"\x00" * 20, addr)
        elif not self.silent:
            self._transport.sendto(self._answer(dns.message.from_wire(data)), addr)

    def _answer(self, question: dns.message.Message) -> bytes:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA
        name = question.question[0].name.to_text()
        texts = [f"{priority} 1 {port} {target}" for priority, port, target in self.records.get(name, [])]
        if texts:
            answer.answer.append(dns.rrset.from_text(name, 30, "IN", "SRV", *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    """One that runs until the block is left."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
