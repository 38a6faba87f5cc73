"""The `backroom` command: one module a noun, every verb an HTTP call, so that there is one way into the store."""

from appliance.cli.root import main

__all__ = ["main"]
