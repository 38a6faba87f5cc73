"""The OpenAPI 3.1 description, made from the endpoints and their models: so it says what is served.

`python -m appliance.api.openapi` prints it; `--write FILE` writes it, `--check FILE` fails where the file says
something else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from appliance import __version__
from appliance.api import openapi_parts as parts
from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS, TAGS
from appliance.api.openapi_parts import Document, example, headers, problem_examples, refused, share_responses
from appliance.api.paths import PATH_PARAMETERS, parameter_names
from appliance.domain.operator import APPROVERS
from appliance.domain.refusals import Refusal
from appliance.schemas.problems import Problem

JSON_MEDIA = "application/json"

DESCRIPTION = """\
The box in the back room that keeps a store selling, for the tills and people of one store.

* **Money** is an integer in the currency's minor unit; quantities, unit prices and percentages are decimal strings.
* **Every write** carries an `Idempotency-Key`. Repeating a request with its key never books twice: it gets the first
  answer again, with `Idempotent-Replayed: true`. A 2xx is durable. After any other end, repeat with the same key.
* **Errors** are `application/problem+json` with a stable `type`, the place that is wrong and the next step.
* **Changes** of what exists carry the `ETag` that was read in `If-Match`.
* **Lists** answer `{items, next_cursor}`; send the cursor as it is for what follows.
"""


@cache
def document() -> Document:
    """The whole description."""
    models, schemas = _schemas()
    paths: dict[str, Document] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, models)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Backroom",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This store."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "components": {
            "schemas": schemas,
            "responses": share_responses(paths),
            "headers": parts.HEADERS,
            "examples": problem_examples(each for endpoint in ENDPOINTS for each in endpoint.refusals),
            "securitySchemes": {
                "device": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token that `backroom device add` shows once.",
                }
            },
        },
        "paths": paths,
    }


def text() -> str:
    """The description as it is committed and served."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _schemas() -> tuple[dict[type[BaseModel], Document], Document]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for endpoint in ENDPOINTS:
        if endpoint.body is not None:
            wanted[endpoint.body, "validation"] = None
        for model in answers(endpoint):
            wanted[model, "serialization"] = None
    wanted[Problem, "serialization"] = None
    references, schema = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
    return {model: references[model, mode] for model, mode in wanted}, schema["$defs"]


def answers(endpoint: Endpoint) -> Iterable[type[BaseModel]]:
    """The models of all it may answer but problems."""
    if endpoint.answer is not None:
        yield endpoint.answer
    for _, model in endpoint.also:
        yield model


def _operation(endpoint: Endpoint, models: dict[type[BaseModel], Document]) -> Document:
    operation: Document = {
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "tags": [endpoint.tag],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, models),
        "security": _security(endpoint),
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": not endpoint.body_optional,
            "content": {JSON_MEDIA: {"schema": models[endpoint.body], "example": example(endpoint.body)}},
        }
    return operation


def _security(endpoint: Endpoint) -> list[Document]:
    if endpoint.roles is not None:
        return [{"device": []}]
    return [] if endpoint.afar is None else [{}, {"device": []}]


def _description(endpoint: Endpoint) -> str:
    roles = roles_of(endpoint)
    return "\n\n".join(part for part in (endpoint.description, roles, guarded(endpoint)) if part)


def roles_of(endpoint: Endpoint) -> str:
    """Who may call an endpoint, in words."""
    if endpoint.local:
        return "Over the control socket only."
    if endpoint.roles is not None:
        return f"Roles: {', '.join(sorted(endpoint.roles))}."
    if endpoint.afar is not None:
        return f"Open on the store's own machine; from another one, roles: {', '.join(sorted(endpoint.afar))}."
    return "Open."


def guarded(endpoint: Endpoint) -> str:
    """Who may do alone what an endpoint guards, in words; nothing where it guards nothing."""
    guard = endpoint.guard
    if guard is None:
        return ""
    alone = ", ".join(sorted(APPROVERS[guard.action]))
    when = "An approval" if guard.always else "An approval, where the request claims or needs one,"
    return f"{when} of the action `{guard.action}`; without one for: {alone}."


def _parameters(endpoint: Endpoint) -> list[Document]:
    found = [
        {"name": name, "in": "path", "required": True} | PATH_PARAMETERS[name]
        for name in parameter_names(endpoint.path)
    ]
    found += [
        {
            "name": each.name,
            "in": "query",
            "required": each.required,
            "description": each.description,
            "schema": each.schema(),
            "example": each.shown,
        }
        for each in endpoint.query
    ]
    return found + _header_parameters(endpoint)


def _header_parameters(endpoint: Endpoint) -> list[Document]:
    found = [parts.IDEMPOTENCY_KEY] if endpoint.idempotent else []
    found += [parts.SESSION] if endpoint.roles is not None else []
    found += [parts.APPROVAL] if endpoint.guard is not None else []
    found += [parts.IF_MATCH] if endpoint.conditional else []
    found += [parts.CACHE_CONTROL] if endpoint.shared else []
    found += [parts.IF_NONE_MATCH] if endpoint.etag and endpoint.method == "GET" else []
    return found + ([parts.LAST_EVENT_ID] if endpoint.media == "text/event-stream" else [])


def _responses(endpoint: Endpoint, models: dict[type[BaseModel], Document]) -> Document:
    responses = {str(status): _answer(endpoint, endpoint.answer, models) for status in endpoint.status}
    if endpoint.etag and endpoint.method == "GET":
        responses["304"] = {"description": "Nothing has changed.", "headers": headers("X-Request-Id", "ETag")}
    refusals: dict[int, list[type[Refusal]]] = {}
    for refusal in endpoint.refusals:
        refusals.setdefault(refusal.status, []).append(refusal)
    for status, found in sorted(refusals.items()):
        responses[str(status)] = refused(found, models[Problem])
    for status, model in endpoint.also:
        responses[str(status)] = _answer(endpoint, model, models)
    return dict(sorted(responses.items()))


def _answer(endpoint: Endpoint, model: type[BaseModel] | None, models: dict[type[BaseModel], Document]) -> Document:
    names = ["X-Request-Id"]
    names += ["ETag"] if endpoint.etag else []
    names += ["Idempotent-Replayed"] if endpoint.idempotent else []
    names += ["Age"] if endpoint.shared else []
    content: Document = {"schema": {"type": "string"}}
    if model is not None:
        content = {"schema": models[model], "example": example(model)}
    return {
        "description": (model.__doc__ or endpoint.summary).strip().splitlines()[0] if model else endpoint.summary,
        "headers": headers(*names),
        "content": {endpoint.media: content},
    }


def main(arguments: Sequence[str]) -> int:
    """Print, write or check; answers the exit code."""
    match arguments:
        case []:
            sys.stdout.write(text())
        case ["--write", file]:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(text(), encoding="utf-8")
        case ["--check", file]:
            path = Path(file)
            if not path.is_file() or path.read_text(encoding="utf-8") != text():
                sys.stderr.write(
                    f"{file} is not what is served. Write it: python -m appliance.api.openapi --write {file}\n"
                )
                return 1
        case _:
            sys.stderr.write("usage: python -m appliance.api.openapi [--check FILE | --write FILE]\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
