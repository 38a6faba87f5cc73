"""Head office's folder: who its stores are, what the server is told, and the secrets; each file is its owner's only.

accounts.conf            for nats-server to include; public keys and permissions
stores.json              which stores there are, by public key, and which life of each is the present one
hq.seed                  head office's own user: secret
stores/<store>.seed      a store's user: secret; carry it to the store, then it may go
regions/<region>.leaf    a region's link up: secret; its server includes it
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import nkeys

from appliance.hq import permissions
from appliance.hq.failures import FolderUnusable, NotProvisioned
from appliance.hq.resources import Life

ID = re.compile(r"[a-z0-9-]{1,32}")
NKEY = re.compile(r"U[A-Z2-7]{55}")
SEED_BYTES = 32
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700


class Known(msgspec.Struct, frozen=True):
    """One store as head office knows it."""

    nkey: str
    incarnation: int = 1
    base: int = 0
    region: str = ""  # the domain whose server holds its streams, where that is not this one


class _Registry(msgspec.Struct):
    head_office: str
    stores: dict[str, Known] = {}
    above: str = ""
    regions: dict[str, str] = {}


@dataclass(slots=True)
class Folder:
    """The folder, read once; `save` writes what changed."""

    path: Path
    head_office: str = ""
    stores: dict[str, Known] = field(default_factory=dict)
    above: str = ""  # the domain of the head office above, where this is a region's folder
    regions: dict[str, str] = field(default_factory=dict)  # the regions below: domain -> public key

    @property
    def accounts(self) -> Path:
        """What the server includes."""
        return self.path / "accounts.conf"

    @property
    def credentials(self) -> Path:
        """Head office's own secret."""
        return self.path / "hq.seed"

    @property
    def registry(self) -> Path:
        """Which stores there are."""
        return self.path / "stores.json"

    def seed(self, store: str) -> Path:
        """Where a store's secret lies until it is carried away."""
        return self.path / "stores" / f"{store}.seed"

    def life(self, store: str) -> Life:
        """The present life of a store. Raises NotProvisioned."""
        known = self.stores.get(store)
        if known is None:
            detail = f"{self.path} has no store {store!r}; it has {', '.join(sorted(self.stores)) or 'none'}."
            raise NotProvisioned(detail)
        return Life(store, known.incarnation, known.base)

    def text(self) -> str:
        """The accounts as the server is to be told them."""
        users = {store: (known.nkey, known.incarnation) for store, known in self.stores.items()}
        return permissions.accounts(self.head_office, users, self.regions)

    def drift(self) -> list[str]:
        """What the files say otherwise than they should."""
        found = [f"{path} can be read by others" for path in self._secrets() if path.stat().st_mode & 0o077]
        if not self.accounts.exists():
            found.append(f"{self.accounts} is missing")
        elif self.accounts.read_text(encoding="utf-8") != self.text():
            found.append(f"{self.accounts} is not what it should be")
        return found

    def enrol(self, life: Life, nkey: str | None = None) -> None:
        """Know a store and its present life; a new one gets a user of its own, whose secret is written down.

        `nkey` is the public key of a user whose secret was made at the store and never was here.
        """
        known = self.stores.get(life.store)
        public = nkey or (known.nkey if known else _fresh(self.seed(life.store)))
        region = known.region if known else ""
        self.stores[life.store] = Known(public, life.incarnation, life.base, region)

    def let_region_hold(self, region: str, stores: Iterable[str]) -> None:
        """Know a region below, and that it holds these stores' streams; a new one gets a user for its leaf link."""
        if region not in self.regions:
            self.regions[region] = _fresh(self.leaf_seed(region))
            seed = self.leaf_seed(region).read_text(encoding="ascii").strip()
            _write(self.leaf_seed(region).with_suffix(".leaf"), f'nkey: "{seed}"\n'.encode())
        for store in stores:
            self.stores[store] = msgspec.structs.replace(self.stores[store], region=region)

    def leaf_seed(self, region: str) -> Path:
        """Where a region's secret lies; beside it, as .leaf, for the region's server to include."""
        return self.path / "regions" / f"{region}.seed"

    def held_elsewhere(self) -> dict[str, str]:
        """Store -> region, for those whose streams a region holds."""
        return {store: known.region for store, known in self.stores.items() if known.region}

    def save(self) -> bool:
        """Write what is not on the disk yet; answers whether the server has something new to read."""
        told = self.drift()
        for path in self._secrets():
            path.chmod(PRIVATE)
        registry = _Registry(self.head_office, dict(sorted(self.stores.items())), self.above, self.regions)
        _write(self.registry, msgspec.json.format(msgspec.json.encode(registry), indent=1) + b"\n")
        if told:
            _write(self.accounts, self.text().encode())
        return bool(told)

    def _secrets(self) -> list[Path]:
        named = [self.credentials, *(self.seed(store) for store in self.stores), self.accounts, self.registry]
        for region in self.regions:
            named += [self.leaf_seed(region), self.leaf_seed(region).with_suffix(".leaf")]
        return [path for path in named if path.exists()]


def open_folder(path: Path, *, create: bool = False) -> Folder:
    """The folder with all it knows; a new one gets head office's own user. Raises FolderUnusable."""
    folder = Folder(path)
    try:
        if create and not folder.registry.exists():
            path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            folder.head_office = _fresh(folder.credentials)
            return folder
        found = msgspec.json.decode(folder.registry.read_bytes(), type=_Registry)
    except (OSError, msgspec.DecodeError) as error:
        detail = f"{folder.registry}: {error}."
        raise FolderUnusable(detail) from error
    folder.head_office, folder.stores = found.head_office, found.stores
    folder.above, folder.regions = found.above, found.regions
    return folder


def _fresh(path: Path) -> str:
    """A new user: its secret in a file, its public key as the answer; a secret that is there is kept."""
    with contextlib.suppress(FileNotFoundError):
        return _public(path.read_text(encoding="ascii").strip())
    seed = nkeys.encode_seed(os.urandom(SEED_BYTES), nkeys.PREFIX_BYTE_USER).decode()
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    _write(path, f"{seed}\n".encode())
    return _public(seed)


def _public(seed: str) -> str:
    pair = nkeys.from_seed(bytearray(seed.encode()))
    public: bytes = pair.public_key
    return public.decode()


def _write(path: Path, content: bytes) -> None:
    """Replace a file as a whole, readable for its owner only, and durable when this returns."""
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.chmod(PRIVATE)
    draft.replace(path)
