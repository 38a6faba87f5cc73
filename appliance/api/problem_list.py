"""One list of what is wrong: what starts and scrubs wrote down, and what is seen right now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from appliance.api import live_checks, mending
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX
from appliance.api.refusals import NothingToFix, ProblemNotFound, ResolvesItself
from appliance.api.services import Services
from appliance.eventstore.clock import rfc3339
from appliance.observability.problem_kinds import KINDS, SEVERITIES, kind_of

FINDING = "finding-"

Problem = dict[str, Any]


async def listed(services: Services) -> dict[str, Any]:
    """Everything that is wrong, the worst first, and how long the store can go on."""
    found = await live_checks.look(services)
    since = services.watch.seen([each.kind for each in found], rfc3339(services.clock()))
    items = [_problem(each.kind, each.kind, each.kind, each.detail, since[each.kind]) for each in found]
    items += [_of_finding(each) for each in await services.maintenance.findings()]
    items.sort(key=lambda each: SEVERITIES.index(each["severity"]))
    limit = live_checks.autonomy(services)
    return {"items": items, "next_cursor": None, "autonomy": asdict(limit) | {"days": round(limit.days, 1)}}


async def resolve(services: Services, problem_id: str) -> Problem:
    """Say that somebody has seen to it. Raises ProblemNotFound, ResolvesItself."""
    problem = await _one(services, problem_id)
    if not problem_id.startswith(FINDING):
        raise ResolvesItself(f"{problem['title']}: it leaves the list when it is no longer so.")
    await services.maintenance.resolve(int(problem_id.removeprefix(FINDING)))
    return problem


async def fix(call: Call, problem_id: str) -> dict[str, Any]:
    """Let the store mend it, or begin to. Raises ProblemNotFound, NothingToFix."""
    problem = await _one(call.services, problem_id)
    if problem["fix"] is None:
        raise NothingToFix(f"{problem['title']}: {problem['next_step']}")
    return {"problem_id": problem_id, "fix": problem["fix"], "done": await mending.FIXES[problem["fix"]](call, problem)}


async def _one(services: Services, problem_id: str) -> Problem:
    found: Mapping[str, Problem] = {each["problem_id"]: each for each in (await listed(services))["items"]}
    if problem_id not in found:
        raise ProblemNotFound(f"There is no problem {problem_id[:64]!r}.")
    return found[problem_id]


def _of_finding(found: dict[str, Any]) -> Problem:
    return _problem(
        f"{FINDING}{found['id']}", kind_of(found["kind"]), found["subject"], found["detail"], found["found_at"]
    )


def _problem(problem_id: str, kind: str, subject: str, detail: str, since: str) -> Problem:
    known = KINDS[kind]
    return {
        "problem_id": problem_id,
        "kind": kind,
        "severity": known.severity,
        "title": known.title,
        "subject": subject,
        "detail": detail,
        "since": since,
        "next_step": known.next_step,
        "fix": known.fix,
        "action": None if known.fix is None else {"method": "POST", "path": f"{PREFIX}/problems/{problem_id}/fix"},
    }
