"""Settings: defaults, then a TOML file, then the environment (`BACKROOM__SECTION__KEY`), then the command line.

What is wrong is said in one line that names the key, before anything is opened. `sources` tells where each comes from;
what head office sets goes over them (`appliance.settings_in_force`).
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from appliance.backups.settings import BackupSettings
from appliance.domain.currency import Currency
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Refusal
from appliance.domain.tax import TaxRate
from appliance.errors import SettingsInvalid
from appliance.integration.settings import IntegrationSettings
from appliance.places import DEFAULT_DATA, SYSTEM_CONFIG
from appliance.settings_file import line_of
from appliance.settings_sources import Sources, sources
from appliance.upgrading.settings import UpgradeSettings

_Section = ConfigDict(frozen=True, extra="forbid")


class TaxSettings(BaseModel):
    """One tax code of the store."""

    model_config = _Section

    rate: str
    """Percent, as a decimal string: "20" or "8.875"."""
    inclusive: bool = True
    """Whether prices already contain it."""


class StoreSettings(BaseModel):
    """What kind of store this is."""

    model_config = _Section

    id: str = Field("store-1", pattern=r"^[a-z0-9-]{1,32}$")
    """Names the store at head office; fixed once the store has recorded anything."""
    name: str = "My store"
    """Shown to people."""
    currency: str = "EUR"
    """ISO 4217 code; fixed once the store has recorded anything."""
    timezone: str = "Europe/Berlin"
    """IANA zone that decides the business date."""
    day_roll_hour: int = Field(0, ge=0, le=23)
    """The hour at which the business day ends; 4 lets a bar close at 4 a.m."""
    cash_rounding: int = Field(1, ge=1, le=100)
    """The smallest coin, in minor units."""
    barcode_region: str | None = None
    """Whose rules price- and weight-embedded barcodes follow, e.g. "gb", "de", "se"."""
    taxes: dict[str, TaxSettings] = Field(
        default_factory=lambda: {
            "standard": TaxSettings(rate="19"),
            "reduced": TaxSettings(rate="7"),
            "zero": TaxSettings(rate="0"),
        }
    )
    """Tax codes that products name."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            message = f"{value!r} is no time zone; write one like Europe/Berlin"
            raise ValueError(message) from error
        return value

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        try:
            Currency.of(value)
        except Refusal as error:
            raise ValueError(error.detail) from error
        return value


class HttpSettings(BaseModel):
    """Where tills reach the store."""

    model_config = _Section

    host: str = "127.0.0.1"
    """Plain HTTP is served on loopback only."""
    port: int = Field(8080, ge=0, le=65535)
    """0 takes any free port."""

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        if value != "localhost" and not ipaddress.ip_address(value).is_loopback:
            message = f"{value} is not a loopback address; plain HTTP must not leave this machine"
            raise ValueError(message)
        return value


class AccessSettings(BaseModel):
    """Who is let in, and for how long."""

    model_config = _Section

    step_up: Literal["auto", "always", "never"] = "auto"
    """When a name that approves must be proven by a PIN: "auto" is from the first operator on."""
    session_idle_minutes: int = Field(15, ge=1, le=24 * 60)
    """An operator who does nothing for so long is signed off."""
    session_hours: int = Field(12, ge=1, le=24)
    """An operator signs on anew after so long."""
    pepper_file: Path | None = None
    """Where the PINs' pepper stands; by default in the data directory."""


class LimitsSettings(BaseModel):
    """How much anybody may ask of the store at once; a flood is refused before it costs anything."""

    model_config = _Section

    connections: int = Field(1_024, ge=8)
    """How many connections there may be in all."""
    connections_per_address: int = Field(128, ge=1)
    """And from one address."""
    receive_seconds: float = Field(12.0, ge=1, le=15)
    """A request that is not whole after so long is cut, header and body together."""
    device_per_second: float = Field(500.0, gt=0)
    """Requests of one device."""
    total_per_second: float = Field(10_000.0, gt=0)
    """Requests of all devices."""
    stranger_per_second: float = Field(20.0, gt=0)
    """Requests without a valid token, of one address."""


class TlsSettings(BaseModel):
    """Where tills on the network reach the store: TLS 1.3 only, with its own certificate or a given one."""

    model_config = _Section

    host: str | None = None
    """The address to listen at, such as 0.0.0.0; left out, nothing is served beyond this machine."""
    port: int = Field(8443, ge=0, le=65535)
    """0 takes any free port."""
    certificate: Path | None = None
    """A PEM chain of one's own; left out, the store makes one at its first start."""
    key: Path | None = None
    """Its private key."""

    @field_validator("host")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None:
            ipaddress.ip_address(value)
        return value

    @model_validator(mode="after")
    def _both(self) -> TlsSettings:
        if (self.certificate is None) != (self.key is None):
            message = "certificate and key belong together; name both or neither"
            raise ValueError(message)
        return self


class LanSettings(BaseModel):
    """How the store is found on the network."""

    model_config = _Section

    announce: bool | None = None
    """Whether mDNS tells the network where the store is; left out, it does where `tls.host` is set."""


class ScrubSettings(BaseModel):
    """The background check of the log and of every projection."""

    model_config = _Section

    period_hours: float = Field(24.0, gt=0)
    """Everything is checked once in this time."""
    enabled: bool = True
    """Whether it is done at all."""


class SagaSettings(BaseModel):
    """Work that takes minutes to days, such as fulfilling orders."""

    model_config = _Section

    enabled: bool = True
    """Whether steps are worked on; while it is off sagas are begun and wait."""
    threads: int = Field(4, ge=1, le=32)
    """Worker threads. Steps of sagas hold none while they wait for an answer."""


class OrderSettings(BaseModel):
    """How orders are fulfilled."""

    model_config = _Section

    pick_days: float = Field(7.0, gt=0, le=365)
    """How long a pickup may wait to be picked; then it is undone."""
    pick_late_hours: float = Field(4.0, gt=0)
    """When an order that nobody has picked is shown as a problem."""
    collect_days: float = Field(7.0, gt=0, le=365)
    """How long a pickup lies ready for its customer; then the money and the goods go back."""
    register_id: str = Field("orders", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    """Issues the receipts of fulfilled orders; best no till's: its money is in no drawer."""
    tender: Literal["card", "voucher", "account", "other"] = "card"
    """What the money of orders is listed under in the day's tenders."""


class SyncSettings(BaseModel):
    """The way to head office. Without an address the store keeps to itself."""

    model_config = _Section

    url: str | None = None
    """Head office's NATS server, or several with commas: "tls://nats.example.com:4222"."""
    enabled: bool = True
    """False keeps the address and sends nothing."""
    credentials: Path | None = None
    """The file that says who this store is there: an nkey seed, a .creds file, or TOML with user and password."""
    ca: Path | None = None
    """The authority that signed head office's certificate, where the system does not know it."""
    certificate: Path | None = None
    """This store's own certificate, where head office asks for one."""
    key: Path | None = None
    """The certificate's key."""
    keys_for: Path | None = None
    """Head office's public key (`backroom hq keys make`): copies of the keys to personal data go there, wrapped."""

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses, one by one; none where nothing is to be sent."""
        return tuple(each.strip() for each in (self.url or "").split(",") if each.strip()) if self.enabled else ()

    @field_validator("url")
    @classmethod
    def _addresses(cls, value: str | None) -> str | None:
        for each in (value or "").split(","):
            if each.strip() and not _HQ_ADDRESS.fullmatch(each.strip()):
                message = f"{each.strip()!r} is no address; write one like tls://nats.example.com:4222"
                if "@" in each:
                    message = (
                        "an address holds no user and no password; put them into a file and name it in credentials"
                    )
                raise ValueError(message)
        return value


class LoggingSettings(BaseModel):
    """What is said to the journal."""

    model_config = _Section

    level: Literal["debug", "info", "warning", "error"] = "info"
    """This and worse is logged; sales are not."""


class TracingSettings(BaseModel):
    """Where spans go; needs the extra `otel`. Without an endpoint nothing is traced, and nothing is paid for it."""

    model_config = _Section

    endpoint: str | None = Field(None, pattern=r"^https?://[A-Za-z0-9_.:\[\]-]+(/[A-Za-z0-9_./-]*)?$")
    """An OTLP/HTTP receiver of traces, whole: "http://127.0.0.1:4318/v1/traces"."""
    share: float = Field(1.0, gt=0, le=1)
    """How many of the requests that bring no trace of their own are traced, of 1."""


_HQ_ADDRESS = re.compile(r"(nats|tls)://[A-Za-z0-9_.-]+(:[0-9]{1,5})?|(nats|tls)://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


class Settings(BaseSettings):
    """All of them."""

    model_config = SettingsConfigDict(
        env_prefix="BACKROOM__", env_nested_delimiter="__", frozen=True, extra="forbid", toml_file=SYSTEM_CONFIG
    )

    data_dir: Path = DEFAULT_DATA
    """Where the store lives; one process a directory."""
    machine_id: str | None = None
    """Names this machine where it has no id of its own, as in a container."""
    mode: Literal["live", "training"] = "live"
    """A training store runs on a data directory of its own and says so."""
    store: StoreSettings = StoreSettings()
    http: HttpSettings = HttpSettings()
    scrub: ScrubSettings = ScrubSettings()
    sagas: SagaSettings = SagaSettings()
    backup: BackupSettings = BackupSettings()
    access: AccessSettings = AccessSettings()
    orders: OrderSettings = OrderSettings()
    integration: IntegrationSettings = IntegrationSettings()
    limits: LimitsSettings = LimitsSettings()
    tls: TlsSettings = TlsSettings()
    lan: LanSettings = LanSettings()
    sync: SyncSettings = SyncSettings()
    logging: LoggingSettings = LoggingSettings()
    tracing: TracingSettings = TracingSettings()
    upgrade: UpgradeSettings = UpgradeSettings()
    _sources: Sources = PrivateAttr(default_factory=Sources)

    @property
    def sources(self) -> Sources:
        """Where each of them comes from."""
        return self._sources

    @model_validator(mode="after")
    def _something_to_announce(self) -> Settings:
        if self.lan.announce and self.tls.host is None:
            message = "lan.announce needs tls.host: nothing is served on the network that could be found"
            raise ValueError(message)
        return self

    @property
    def announced(self) -> bool:
        """Whether the network is told where the store is."""
        return self.tls.host is not None and self.lan.announce is not False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file; no dotenv and no secrets folder."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def policy(self) -> StorePolicy:
        """The policies decisions are made under."""
        return StorePolicy(
            store_id=self.store.id,
            currency=Currency.of(self.store.currency),
            timezone=ZoneInfo(self.store.timezone),
            taxes={code: TaxRate(tax.rate, tax.inclusive) for code, tax in self.store.taxes.items()},
            day_roll_hour=self.store.day_roll_hour,
            cash_rounding=self.store.cash_rounding,
            barcode_region=self.store.barcode_region,
            order_register=self.orders.register_id,
            order_tender=self.orders.tender,
        )


def load(config: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings. Raises SettingsInvalid, naming the keys and what to write instead."""
    if config is not None and not config.is_file():
        detail = f"There is no settings file {config}."
        raise SettingsInvalid(detail)

    class Located(Settings):
        model_config = SettingsConfigDict(toml_file=config or SYSTEM_CONFIG)

    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        found = Located(**given)
        found.policy()
    except ValidationError as error:
        raise SettingsInvalid(_in_words(error, config or SYSTEM_CONFIG)) from error
    except tomllib.TOMLDecodeError as error:
        detail = f"{config or SYSTEM_CONFIG} is no TOML: {error}."
        raise SettingsInvalid(detail) from error
    settings = found.model_copy(update={"data_dir": found.data_dir.expanduser()})
    settings._sources = sources(config or SYSTEM_CONFIG, os.environ, given)  # noqa: SLF001  read here, and only here
    return settings


def _in_words(error: ValidationError, file: Path) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc']) or 'settings'}{_place(file, each['loc'])}: "
        f"{each['msg'].removeprefix('Value error, ')}"
        for each in error.errors()
    )


def _place(file: Path, loc: tuple[int | str, ...]) -> str:
    line = line_of(file, [str(part) for part in loc])
    return "" if line is None else f" ({file} line {line})"
