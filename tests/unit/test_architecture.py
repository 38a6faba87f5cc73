"""The dependency rule and the sizes of DESIGN section 1, read from the source.

Each rule is one literal table. Where the code shows a better wall, move it here
and say so in ARCHITECTURE.md.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from tests.support.source_tree import OWN_TOPS, Import, Module, is_within, modules, parse_module

Rule = Callable[[Iterable[Module]], list[str]]

MAX_FILE_LINES = 400

# What a layer may import of ours; a layer that is not named here may import what no other rule forbids.
ALLOWED_OF_OURS: Mapping[str, tuple[str, ...]] = {
    "appliance.domain": ("appliance.domain",),
    # Reading a code is a pure function; only whose library it is keeps it out of the domain.
    "appliance.application": ("appliance.application", "appliance.barcodes", "appliance.domain", "appliance.errors"),
    "appliance.barcodes": ("appliance.barcodes",),
    "appliance.errors": ("appliance.errors", "appliance.domain"),
    "appliance.schemas": ("appliance.schemas",),
    "tui": ("tui", "appliance.schemas"),
    # The outside world knows the protocol it speaks, and nothing of the store that calls it.
    "appliance.sandbox": (
        "appliance.sandbox",
        "appliance.integration.operations",
        "appliance.integration.protos",
        "appliance.eventstore.clock",
    ),
}
# Everything else reaches its libraries through ports.
STANDARD_LIBRARY_ONLY = ("appliance.domain", "appliance.application", "appliance.errors")

# The parts around the core import inward: never the edge, and never each other's private modules.
SURROUNDING = ("access", "eventstore", "projections", "queries", "sagas", "integration", "sync", "hq")
EDGE = ("appliance.api", "appliance.cli", "appliance.bootstrap", "appliance.supervisor", "appliance.__main__")

COMPOSITION_ROOT = "appliance.bootstrap"
MAY_IMPORT_COMPOSITION_ROOT = (COMPOSITION_ROOT, "appliance.cli", "appliance.supervisor", "appliance.__main__")

# Each third-party library has one home. Tests and benchmarks may use all of them.
HOMES: Mapping[str, tuple[str, ...]] = {
    "aiosqlite": ("appliance.queries",),
    # Beside who is let in, and not with the other cryptography: what a PIN costs to try is a matter of access.
    "argon2": ("appliance.access.pins",),
    "biip": ("appliance.barcodes",),
    "click": ("appliance.cli",),
    "cryptography": ("appliance.eventstore",),
    "dns": ("appliance.integration.srv",),
    "dramatiq": ("appliance.sagas",),
    "google": ("appliance.integration.protos",),
    # An extra: loaded only where it is asked for, by the client and by the sandbox's providers.
    "grpc": ("appliance.integration.over_grpc", "appliance.sandbox.over_grpc"),
    "ifaddr": ("appliance.mdns",),
    "litestar": ("appliance.api",),
    "nats": ("appliance.sync", "appliance.hq"),
    "nkeys": ("appliance.sync", "appliance.hq"),
    # An extra: loaded only where tracing is on.
    "opentelemetry": ("appliance.observability.otel",),
    "prometheus_client": ("appliance.observability",),
    # Textual is made of it: the table paints its own lines, and words are as wide as it says.
    "rich": ("appliance.cli", "tui.widgets.table", "tui.words"),
    "sqlite_utils": ("appliance.eventstore", "migrations"),
    "structlog": ("appliance.observability.logs",),
    "textual": ("tui",),
    # The store announces itself, the console looks for it; they share no code, since tui imports only schemas.
    "zeroconf": ("appliance.mdns", "tui.finding"),
    "uvicorn": ("appliance.api.server", "appliance.bootstrap", "appliance.lan", "appliance.supervisor"),
}

# Caught this broadly, a bug looks like a fault; name the error, or let it end the process.
TOO_BROAD = {"Exception", "BaseException"}

# Where any defect must be caught, because the one who caused it gets it as an answer and the others must go on.
MAY_CATCH_ALL: Mapping[str, str] = {
    "appliance.api.serve": "a defect in a handler is answered to its request, under the id it is logged by",
    "appliance.eventstore.writer": "a defect in a handler or fold fails its own command; the others are run again",
    "appliance.sagas.broker": "a middleware's defect is logged and the other middleware still hears the signal",
    "appliance.sagas.performing": "a defect in a step's call ends in an unknown outcome, which is asked for",
    "appliance.eventstore.background": "a slow work's defect is told to its owner; selling goes on",
}


def imports_of(tree: Iterable[Module]) -> Iterator[Import]:
    for module in tree:
        yield from module.imports()


def wrong_layers(tree: Iterable[Module]) -> list[str]:
    return [
        f"{found.where}: {found.importer} imports {found.target}"
        for found in imports_of(tree)
        for layer, allowed in ALLOWED_OF_OURS.items()
        if is_within(found.importer, layer)
        and found.top in OWN_TOPS
        and not any(is_within(found.target, place) for place in allowed)
    ]


def wrong_libraries(tree: Iterable[Module]) -> list[str]:
    return [
        f"{found.where}: {found.importer} imports {found.target}; only the standard library may come in here"
        for found in imports_of(tree)
        if any(is_within(found.importer, layer) for layer in STANDARD_LIBRARY_ONLY)
        and found.top not in OWN_TOPS
        and found.top not in sys.stdlib_module_names
    ]


def outward_imports(tree: Iterable[Module]) -> list[str]:
    return [
        f"{found.where}: {found.importer} imports {found.target}, which lies further out"
        for found in imports_of(tree)
        if any(is_within(found.importer, f"appliance.{part}") for part in SURROUNDING)
        and any(is_within(found.target, place) for place in EDGE)
    ]


def private_imports(tree: Iterable[Module]) -> list[str]:
    return [
        f"{found.where}: {found.importer} reaches into {found.target}"
        for found in imports_of(tree)
        if found.top in OWN_TOPS and (owner := _private_owner(found.target)) and not is_within(found.importer, owner)
    ]


def _private_owner(target: str) -> str | None:
    parts = target.split(".")
    for index, part in enumerate(parts):
        if part.startswith("_") and not part.startswith("__"):
            return ".".join(parts[:index])
    return None


def composition_root_imports(tree: Iterable[Module]) -> list[str]:
    return [
        f"{found.where}: {found.importer} imports {found.target}"
        for found in imports_of(tree)
        if is_within(found.target, COMPOSITION_ROOT)
        and not any(is_within(found.importer, place) for place in MAY_IMPORT_COMPOSITION_ROOT)
    ]


def strayed_libraries(tree: Iterable[Module]) -> list[str]:
    return [
        f"{found.where}: {found.top} has its home in {' and '.join(HOMES[found.top])}"
        for found in imports_of(tree)
        if found.top in HOMES and not any(is_within(found.importer, home) for home in HOMES[found.top])
    ]


def inner_imports(tree: Iterable[Module]) -> list[str]:
    return [
        f"{module.path}:{node.lineno}: import inside {function.name}()"
        for module in tree
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def broad_excepts(tree: Iterable[Module]) -> list[str]:
    found = []
    for module in tree:
        if module.name in MAY_CATCH_ALL:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and _catches_all(node):
                found.append(f"{module.path}:{node.lineno}: except catches everything")
            if isinstance(node, ast.Call) and "suppress" in _names(node.func) and _names(*node.args) & TOO_BROAD:
                found.append(f"{module.path}:{node.lineno}: suppress swallows everything")
    return found


def _catches_all(handler: ast.ExceptHandler) -> bool:
    caught = _names(handler.type) & TOO_BROAD if handler.type else TOO_BROAD
    # Tidying up and letting go again is no catch: nothing is taken for handled.
    tidies_up = caught == {"BaseException"} and ast.unparse(handler.body[-1]) == "raise"
    return bool(caught) and not tidies_up


def _suppresses_all(call: ast.Call) -> bool:
    return "suppress" in _names(call.func) and bool(_names(*call.args) & TOO_BROAD)


def _names(*expressions: ast.expr) -> set[str]:
    nodes = [node for expression in expressions for node in ast.walk(expression)]
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize(
    "rule",
    [
        wrong_layers,
        wrong_libraries,
        outward_imports,
        private_imports,
        composition_root_imports,
        strayed_libraries,
    ],
)
def test_imports_keep_to_the_dependency_rule(rule: Rule) -> None:
    assert rule(modules(*OWN_TOPS)) == []


@pytest.mark.parametrize("rule", [inner_imports, broad_excepts])
def test_the_appliance_keeps_to_the_rule(rule: Rule) -> None:
    assert rule(modules("appliance")) == []


def test_no_file_grows_past_the_limit() -> None:
    sizes = {module.path: module.source.count("\n") for module in modules(*OWN_TOPS, "tests", "bench")}

    assert {path: lines for path, lines in sizes.items() if lines > MAX_FILE_LINES} == {}


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (wrong_layers, "appliance.domain.sale", "from appliance.errors import BackroomError"),
        (wrong_layers, "appliance.domain.sale", "from ..eventstore import writer"),
        (wrong_layers, "appliance.application.dispatcher", "import appliance.eventstore.writer"),
        (wrong_layers, "tui.app", "from appliance.queries import sales"),
        (wrong_libraries, "appliance.domain.sale", "import msgspec"),
        (wrong_libraries, "appliance.application.ports", "from pydantic import BaseModel"),
        (outward_imports, "appliance.sync.publisher", "from appliance import api"),
        (outward_imports, "appliance.queries.sales", "import appliance.cli"),
        (private_imports, "appliance.sync.publisher", "from appliance.eventstore._rows import Row"),
        (private_imports, "appliance.sync.publisher", "from appliance.eventstore import _rows"),
        (composition_root_imports, "appliance.api.sales", "from appliance.bootstrap import build"),
        (strayed_libraries, "appliance.application.dispatcher", "import litestar.exceptions"),
        (strayed_libraries, "appliance.queries.sales", "import sqlite_utils"),
        (strayed_libraries, "appliance.api.routes", "import uvicorn"),
        (strayed_libraries, "appliance.integration.line", "import grpc.aio"),
        (wrong_layers, "appliance.sandbox.ledger", "from appliance.eventstore.writer import Writer"),
        (inner_imports, "appliance.config", "async def load():\n    import os"),
        (broad_excepts, "appliance.config", "try:\n    load()\nexcept:\n    raise"),
        (broad_excepts, "appliance.config", "try:\n    load()\nexcept (OSError, Exception):\n    raise"),
        (broad_excepts, "appliance.config", "try:\n    load()\nexcept BaseException:\n    note()"),
        (broad_excepts, "appliance.config", "with contextlib.suppress(Exception):\n    load()"),
    ],
)
def test_a_planted_breach_is_found(rule: Rule, name: str, source: str) -> None:
    assert len(rule([parse_module(name, source)])) == 1


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (wrong_layers, "appliance.domain.sale", "from appliance.domain import money\nimport decimal"),
        (wrong_layers, "appliance.application.dispatcher", "from appliance.errors import BackroomError"),
        (private_imports, "appliance.eventstore.writer", "from appliance.eventstore._rows import Row"),
        (composition_root_imports, "appliance.cli.run", "from appliance.bootstrap import build"),
        (strayed_libraries, "appliance.api.server", "import uvicorn\nimport litestar"),
        (broad_excepts, "appliance.config", "try:\n    load()\nexcept OSError:\n    raise"),
        (
            broad_excepts,
            "appliance.config",
            "try:\n    load()\nexcept BaseException:\n    close()\n    raise",
        ),
    ],
)
def test_what_the_rules_allow_is_left_alone(rule: Rule, name: str, source: str) -> None:
    assert rule([parse_module(name, source)]) == []
