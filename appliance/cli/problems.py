"""`backroom problems`."""

from __future__ import annotations

import click

from appliance.cli import output
from appliance.cli.verbs import Cli, part, verb

_COLUMNS: output.Columns = {
    "problem": "problem_id",
    "how bad": "severity",
    "what": lambda item: f"{item['title']}. {item['detail']}",
    "since": lambda item: item["since"][:16],
    "what to do": "next_step",
    "fix": lambda item: f"backroom problems fix {item['problem_id']}" if item["fix"] else "by a person",
}


@click.group("problems")
def command() -> None:
    """See what is wrong, how long the store can go on, and mend it."""


@verb(command, "list")
def list_problems(cli: Cli) -> None:
    """List what is wrong, the worst first; those with a fix can be mended with `problems fix`."""
    answer = cli.get("/problems")
    cli.show_list(answer, _COLUMNS, "nothing is wrong")
    left = answer.json()["autonomy"]
    cli.say(f"this store can trade {left['days']:,.0f} more days; the limit is: {left['reason']}")


@verb(command, "fix", writes=True, must_run=True)
@click.argument("problem")
def fix(cli: Cli, problem: str) -> None:
    """Let the store mend PROBLEM, or begin to."""
    cli.show(cli.write("POST", f"/problems/{part(problem)}/fix"), output.fields("problem_id", "done"))


@verb(command, "resolve", writes=True)
@click.argument("problem")
def resolve(cli: Cli, problem: str) -> None:
    """Say that you have seen to PROBLEM; for what was written down."""
    cli.show(cli.write("POST", f"/problems/{part(problem)}/resolve"), output.fields("problem_id", "title"))
