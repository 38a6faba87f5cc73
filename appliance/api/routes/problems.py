"""Problems: what is wrong, since when, how bad, and what to do; mended from here where the store can."""

from __future__ import annotations

from appliance.api import problem_list
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.refusals import NothingToFix, ProblemNotFound, ResolvesItself
from appliance.api.reply import Reply, encode
from appliance.api.roles import ADMINISTRATION, OVERSIGHT
from appliance.schemas import trouble as s

ACCEPTED = 202


async def listed(call: Call) -> Reply:
    """Everything that is wrong."""
    return Reply(encode(await problem_list.listed(call.services)))


async def resolve(call: Call) -> Reply:
    """Say that somebody has seen to one."""
    return Reply(encode(await problem_list.resolve(call.services, call.path["problem_id"])))


async def fix(call: Call) -> Reply:
    """Let the store mend one."""
    return Reply(encode(await problem_list.fix(call, call.path["problem_id"])), status=ACCEPTED)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/problems",
        operation="list_problems",
        summary="List what is wrong, the worst first, and how long the store can go on",
        tag="operations",
        handler=listed,
        roles=OVERSIGHT,
        answer=s.ProblemList,
        shared=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/problems/{{problem_id}}/resolve",
        operation="resolve_problem",
        summary="Say that somebody has seen to a problem",
        description="Only what was written down is resolved; what is seen right now goes when its cause does.",
        tag="operations",
        handler=resolve,
        roles=ADMINISTRATION,
        answer=s.Trouble,
        errors=(ProblemNotFound, ResolvesItself),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/problems/{{problem_id}}/fix",
        operation="fix_problem",
        summary="Let the store mend a problem",
        description="It answers at once; the problem leaves the list when it is mended.",
        tag="operations",
        handler=fix,
        roles=ADMINISTRATION,
        status=(ACCEPTED,),
        answer=s.TroubleFixed,
        errors=(ProblemNotFound, NothingToFix),
    ),
)
