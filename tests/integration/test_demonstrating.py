"""`backroom demo` shows what it says, and its exit code says whether the proof held."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from appliance.cli.root import run
from appliance.demo.proxy import line
from tests.support.natsd import free_port, nats_server


def test_a_short_demonstration_holds_and_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nats_server()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert run(["demo", "--seconds", "4", "--json"]) == 0

    *moments, ending = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert ending["ok"] is True
    assert ending["sales"] == ending["sales_at_head_office"] > 0
    assert ending["sales_while_cut"] > 0
    assert {moment["act"] for moment in moments} == {"selling", "the line is cut", "the line is back", "draining"}
    assert max(moment["backlog"] for moment in moments) > 0
    assert list(tmp_path.iterdir()) == []


def test_without_a_server_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")

    assert run(["demo", "--seconds", "4"]) == 1
    assert "There is no nats-server here" in capsys.readouterr().err


async def test_a_cut_line_drops_what_it_carries_and_a_mended_one_carries_again() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(100):
            writer.write(chunk)
        writer.close()

    async def through(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"hello")
            return await asyncio.wait_for(reader.read(5), 30)
        finally:
            writer.close()

    port = free_port()
    async with await asyncio.start_server(echo, "127.0.0.1", port), line(port) as wire:
        assert await through(wire.port) == b"hello"
        reader, _ = await asyncio.open_connection("127.0.0.1", wire.port)
        await wire.cut()
        with pytest.raises(ConnectionRefusedError):
            await through(wire.port)
        await wire.mend()
        assert await through(wire.port) == b"hello"
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
