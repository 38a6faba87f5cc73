"""A machine with a store on it, as a process of its own, that publishes to a real head office."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.head_office import HeadOffice
from tests.support.syncing import STORE

SALE = {"register_id": "till-1", "currency": "EUR", "tenders": [{"type": "cash", "amount": 5000}]}


@dataclass
class Box:
    """A machine with a settings file and a data directory, and the store that runs on it."""

    folder: Path
    office: HeadOffice
    store: str = STORE
    process: subprocess.Popen[str] | None = None
    url: str = ""
    token: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        office = self.office
        self.config.write_text(
            f'machine_id = "{self.folder.name}"\n[store]\nid = "{self.store}"\n[scrub]\nenabled = false\n'
            f'[sync]\nurl = "{office.natsd.url}"\ncredentials = "{office.folder.seed(self.store)}"\n'
            f"{self._keys_for()}"
        )

    def _keys_for(self) -> str:
        public = self.office.folder.path / "keys-public.pem"
        return f'keys_for = "{public}"\n' if public.exists() else ""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the file, for commands that are typed as they stand on a page."""
        return {
            "BACKROOM__DATA_DIR": str(self.data),
            "BACKROOM__MACHINE_ID": self.folder.name,
            "BACKROOM__self.store__ID": self.store,
            "BACKROOM__SYNC__URL": self.office.natsd.url,
            "BACKROOM__SYNC__CREDENTIALS": str(self.office.folder.seed(self.store)),
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "appliance", "--data", str(self.data), "--config", str(self.config), *arguments]

    def says(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command there."""
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, timeout=120)

    def answers(self, *arguments: str) -> Any:
        """What a command that has to work says as JSON."""
        said = self.says(*arguments, "--json")
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout)

    def start(self, *options: str) -> None:
        command = self.command("run", "--json", "--port", "0", *options)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.url, self.token = ready["url"], ready["token"] or self.token

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def get(self, path: str) -> Any:
        found = httpx.get(f"{self.url}/api/v1{path}", headers=self._headers(), timeout=30)
        assert found.status_code == 200, found.text
        return found.json()

    def post(self, path: str, body: Any, key: str) -> Any:
        headers = self._headers() | {"Idempotency-Key": key}
        made = httpx.post(f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=30)
        assert made.status_code == 201, made.text
        return made.json()

    def sell(self, key: str, product: str) -> Any:
        return self.post("/sales", SALE | {"lines": [{"product_id": product}]}, key)

    def local(self, path: str) -> Any:
        """What the running store says on its control socket."""
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.data / "control.sock")), timeout=40) as client:
            found = client.get(f"http://store/api/v1{path}", timeout=30)
        assert found.status_code == 200, found.text
        return found.json()

    def drained(self) -> bool:
        status = self.local("/sync")
        return bool(status["acknowledged"] == status["position"])

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
