"""What the store says to the journal: one JSON object a line, with systemd's priority before it; for a terminal, words.

Nothing is logged on the way of a plain sale. Whoever logs uses the standard library's `logging`, as uvicorn, nats and
dramatiq do, so that all of it comes out the same way: scrubbed of secrets, on one line whatever stands in it, and with
the correlation id of the work it belongs to.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

from appliance.observability.correlation import CORRELATION, TRACEPARENT
from appliance.observability.secrets import scrubbed

LONGEST_TEXT = 8_192  # of one value; journald cuts lines at 48 KiB, and half a JSON object helps nobody

# syslog's numbers, which journald reads as "<3>" at the beginning of a line.
PRIORITIES: Mapping[str, int] = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}

# What these say at info is not for whoever runs a store.
QUIETER: Mapping[str, int] = {
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "asyncio": logging.WARNING,
    "nats": logging.WARNING,
    "dramatiq": logging.WARNING,
}


def configure(level: str, stream: TextIO | None = None, *, terminal: bool | None = None) -> None:
    """Send everything that is logged from now on to `stream` (stderr); called again it replaces what it did."""
    out = sys.stderr if stream is None else stream
    words = out.isatty() if terminal is None else terminal
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(words=words))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each.formatter, ProcessorFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    set_level(level)


def set_level(level: str) -> None:
    """From now on log this and worse; the chatter of libraries only where everything is wanted."""
    chosen = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(chosen)
    for name, least in QUIETER.items():
        logging.getLogger(name).setLevel(chosen if chosen <= logging.DEBUG else max(chosen, least))


def _formatter(*, words: bool) -> ProcessorFormatter:
    common: list[Processor] = [
        add_log_level,
        add_logger_name,
        ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _belonging,
        structlog.processors.format_exc_info,
        _safe,
    ]
    end: list[Processor] = [ProcessorFormatter.remove_processors_meta]
    end += [_in_words] if words else [_as_line]
    return ProcessorFormatter(foreign_pre_chain=common, processors=end)


def _belonging(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name, held in (("correlation_id", CORRELATION.get()), ("traceparent", TRACEPARENT.get())):
        if held:
            event.setdefault(name, held)
    return event


def _safe(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Scrubbed values, and none that is longer than a journal takes. What begins with _ is structlog's own."""
    kept = {name: value for name, value in event.items() if name.startswith("_")}
    said = {name: _cut(scrubbed(value, _OWN.get(name, name))) for name, value in event.items() if name not in kept}
    return {**said, **kept}


_OWN: Mapping[str, str] = {"logger": "", "event": "", "level": "", "timestamp": ""}


def _cut(value: object) -> object:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}... ({len(value)} characters)"
    return value


_render = structlog.processors.JSONRenderer(ensure_ascii=True, sort_keys=False)


def _as_line(logger: WrappedLogger, method: str, event: MutableMapping[str, Any]) -> str:
    """JSON escapes whatever could end the line or speak to a terminal: control characters and all beyond ASCII."""
    ordered = {name: event.pop(name) for name in ("timestamp", "level", "logger", "event") if name in event}
    line = _render(logger, method, {**ordered, **event})
    text = line if isinstance(line, str) else line.decode()
    return f"<{PRIORITIES.get(str(ordered.get('level')), 6)}>{text}"


def _in_words(_: WrappedLogger, __: str, event: MutableMapping[str, Any]) -> str:
    """For people: a line, then what went wrong below it."""
    trace = str(event.pop("exception", ""))
    time, level, name, said = (str(event.pop(each, "")) for each in ("timestamp", "level", "logger", "event"))
    rest = " ".join(f"{key}={value}" for key, value in event.items())
    line = visible(f"{time[11:19]} {level:<8} {said} {rest}".rstrip() + f" ({name})")
    return line if not trace else "\n".join((line, *map(visible, trace.splitlines())))


def visible(text: str) -> str:
    """Text that cannot speak to a terminal: what does not print is shown as its escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
