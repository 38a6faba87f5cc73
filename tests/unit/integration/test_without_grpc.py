"""gRPC is an extra: without it everything else works, and who asks for it is told what to install."""

import subprocess
import sys

SCRIPT = """
import sys
sys.modules["grpc"] = sys.modules["google"] = sys.modules["google.protobuf"] = None
import asyncio
import appliance.bootstrap
from appliance.errors import SettingsInvalid
from appliance.sandbox.sandbox import running
from tests.support.outside import connected, settings_for

async def main():
    async with running() as sandbox:
        assert not sandbox.has_grpc
        async with connected(settings_for(sandbox, "rest")) as board:
            await board.outside.payment.charge("k", "o1", 5, "EUR")
            wanted = settings_for(sandbox, "rest").model_dump()
            wanted["payment"] = {"adapter": "grpc", "address": "grpc://127.0.0.1:1"}
            try:
                board.apply(type(settings_for(sandbox, "rest")).model_validate(wanted))
            except SettingsInvalid as error:
                print(error.detail)

asyncio.run(main())
"""


def test_without_it_the_store_and_the_sandbox_speak_rest_and_say_what_is_missing() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "integration.payment.adapter is grpc" in done.stdout
    assert "pip install 'backroom[grpc]'" in done.stdout
