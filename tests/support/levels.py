"""Levels of loggers, which a store in this process may set."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_levels() -> Iterator[None]:
    """Whatever is set within is as it was afterwards."""
    before = {name: logging.getLogger(name).level for name in ("", *logging.Logger.manager.loggerDict)}
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
