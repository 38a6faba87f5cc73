"""What many operations of the OpenAPI description share: headers, problems and examples, each stated once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from pydantic import BaseModel

from appliance.access.refusals import LockedOut
from appliance.api.problems import RETRY_AFTER, TYPE_BASE
from appliance.api.refusals import TooManyRequests, Unauthenticated, refusal_name
from appliance.domain.refusals import Refusal

Document = dict[str, Any]

PROBLEM_MEDIA = "application/problem+json"
REQUEST_ID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"

IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A fresh UUID for every new request, the same one when this very request is repeated.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "7d1c0f5e-3b57-4f0e-9f8c-0d4f6e1b2a3c",
}
_ETAG_PATTERN = '^"v[0-9]{1,15}(-[0-9a-f]{8})?"$'
IF_MATCH: Document = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that was read: refused with 412 where it has changed since.",
    "schema": {"type": "string", "pattern": _ETAG_PATTERN},
    "example": '"v3"',
}
IF_NONE_MATCH: Document = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that was read: answered 304, without a body, while nothing has changed.",
    "schema": {"type": "string"},
    "example": '"v3"',
}
CACHE_CONTROL: Document = {
    "name": "Cache-Control",
    "in": "header",
    "required": False,
    "description": "An answer up to so many seconds old will do, made for whomever; `Age` then says how old.",
    "schema": {"type": "string"},
    "example": "max-age=1",
}
SESSION: Document = {
    "name": "Backroom-Session",
    "in": "header",
    "required": False,
    "description": "The token of a session: who is signed on at this device. The role is then the operator's.",
    "schema": {"type": "string", "maxLength": 128},
    "example": "bks_" + "x" * 43,
}
APPROVAL: Document = {
    "name": "Backroom-Approval",
    "in": "header",
    "required": False,
    "description": "The approval of a second person for this action, where one is needed.",
    "schema": {"type": "string", "maxLength": 128},
    "example": "bka_" + "x" * 43,
}
LAST_EVENT_ID: Document = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The last position that arrived; browsers send it by themselves.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    "example": "1042",
}
HEADERS: Document = {
    "X-Request-Id": {"description": "Names this request in the log.", "schema": {"type": "string"}},
    "ETag": {"description": "The version that is shown.", "schema": {"type": "string", "pattern": _ETAG_PATTERN}},
    "Idempotent-Replayed": {
        "description": "true where the answer was made again from the receipt.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Age": {
        "description": "How many seconds ago it was made, where the reader said with max-age that older will do.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
}


_WAITING = frozenset({*RETRY_AFTER, LockedOut, TooManyRequests})


def headers(*names: str) -> Document:
    """References to headers of an answer."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def refused(refusals: Sequence[type[Refusal]], problem: Document) -> Document:
    """The answer of one status, with every problem it may be."""
    names = ["X-Request-Id"]
    names += ["Retry-After"] if any(each in _WAITING for each in refusals) else []
    names += ["WWW-Authenticate"] if Unauthenticated in refusals else []
    examples = {each.code: {"$ref": f"#/components/examples/{each.code}"} for each in refusals}
    return {
        "description": "; ".join(f"`{each.code}`: {each.title}" for each in refusals),
        "headers": headers(*names),
        "content": {PROBLEM_MEDIA: {"schema": problem, "examples": examples}},
    }


def share_responses(paths: dict[str, Document]) -> Document:
    """Replace problem answers that several operations give by references; answers what they refer to, by name."""
    places: dict[str, list[tuple[Document, str]]] = {}
    for operation in [operation for path in paths.values() for operation in path.values()]:
        for status, response in operation["responses"].items():
            if PROBLEM_MEDIA in response.get("content", {}):
                places.setdefault(json.dumps(response), []).append((operation["responses"], status))
    shared: Document = {}
    for found, used in places.items():
        if len(used) > 1:
            name = _fresh(f"Problem{used[0][1]}", shared)
            shared[name] = json.loads(found)
            for responses, status in used:
                responses[status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _fresh(name: str, taken: Document) -> str:
    return name if name not in taken else next(f"{name}_{n}" for n in range(2, 1000) if f"{name}_{n}" not in taken)


def problem_examples(refusals: Iterable[type[Refusal]]) -> Document:
    """One example of each problem."""
    by_code = {each.code: each for each in refusals}
    return {code: {"summary": by_code[code].title, "value": sample(by_code[code])} for code in sorted(by_code)}


def sample(refusal: type[Refusal]) -> Document:
    """How a refusal looks on the wire."""
    return {
        "type": TYPE_BASE + refusal.code,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal_name(refusal),
        "hint": refusal.hint,
        "errors": [],
        "request_id": REQUEST_ID,
    }


def example(model: type[BaseModel]) -> Any:
    """A model's own example; of a list, one that holds its item's. Raises LookupError where there is none."""
    extra = cast("dict[str, Any]", model.model_config.get("json_schema_extra") or {})
    if "examples" in extra:
        return extra["examples"][0]
    item = model.__pydantic_generic_metadata__["args"]
    if item:
        return {"items": [example(item[0])], "next_cursor": None}
    message = f"{model.__name__} has no example"
    raise LookupError(message)
