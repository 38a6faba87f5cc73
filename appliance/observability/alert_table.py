"""Every alert on one page, made from the rules: docs/reference/alerts.md.

`python -m appliance.observability.alert_table packaging/prometheus/alerts.yml` prints it; a test compares the two.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_HEAD = """\
# Alerts

The rules for Prometheus come with the package, in `/usr/share/doc/backroom/examples/prometheus/alerts.yml`; name that
file under `rule_files`. Each leads to a page that says what people notice and what to do. What they measure is told in
[metrics](metrics.md).

| Alert | How bad | Says | Fires when | For |
|---|---|---|---|---|
"""
_TAIL = """
This page is made from the rules themselves. The same reasons, without a Prometheus, are in `backroom problems list`.
"""


def markdown(rules: str) -> str:
    """The whole page."""
    return _HEAD + "".join(_rows(rules)) + _TAIL


def _rows(rules: str) -> Iterator[str]:
    for rule in rules.split("- alert: ")[1:]:
        name = rule.partition("\n")[0].strip()
        said = {key: _unquoted(value) for key, value in re.findall(r"^ +(\w+): (.+)$", rule, re.MULTILINE)}
        page = said["runbook"].replace("docs/", "../")
        fires = said["expr"].replace("|", "\\|")
        yield f"| [{name}]({page}) | {said['severity']} | {said['summary']} | `{fires}` | {said['for']} |\n"


def _unquoted(value: str) -> str:
    return value.strip().removeprefix('"').removesuffix('"').replace('\\"', '"')


def main(arguments: Sequence[str]) -> int:
    """Print the page of a file of rules; answers the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m appliance.observability.alert_table RULES > docs/reference/alerts.md\n")
        return 2
    sys.stdout.write(markdown(Path(arguments[0]).read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
