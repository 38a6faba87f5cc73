"""The reference for people: made from the endpoints like the OpenAPI description, complete without a network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import escape
from typing import Any

from appliance.api import openapi
from appliance.api.call import Call
from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS, TAGS
from appliance.api.front import front
from appliance.api.openapi_parts import CACHE_CONTROL, example
from appliance.api.page_fields import fields
from appliance.api.page_style import STYLE
from appliance.api.paths import PATH_PARAMETERS, parameter_names
from appliance.api.refusals import (
    HeaderTooLarge,
    MethodNotAllowed,
    NoSuchRoute,
    RequestTooSlow,
    TooManyConnections,
    refusal_name,
)
from appliance.api.reply import HTML, Header, Reply
from appliance.api.roles import EVERYBODY, ROLE_MEANINGS
from appliance.domain.refusals import Refusal

# Nothing but our own style may load: the page is whole as it is.
_POLICY: Header = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
_KEPT: Header = (b"cache-control", b"max-age=300")
ADDRESS = "http://127.0.0.1:8080"


async def reference(call: Call) -> Reply:
    """Every route."""
    del call
    return Reply(_reference(), media=HTML, headers=[_POLICY, _KEPT])


async def problem_list(call: Call) -> Reply:
    """Every problem: what it means and what to do."""
    del call
    return Reply(_problems(), media=HTML, headers=[_POLICY, _KEPT])


async def description(call: Call) -> Reply:
    """The OpenAPI description, as it is committed."""
    del call
    return Reply(_description(), headers=[_KEPT])


@cache
def _description() -> bytes:
    return openapi.text().encode()


@cache
def _reference() -> bytes:
    parts = [_head(), *(_tagged(tag) for tag in TAGS)]
    return _page("Backroom HTTP API", _contents(), parts)


@cache
def _problems() -> bytes:
    found = sorted({each.code: each for each in refusals()}.values(), key=lambda each: (each.status, each.code))
    rows = [
        f'<section class="op" id="{each.code}"><h3>{escape(each.title)}</h3>'
        f'<p class="soft"><code>{each.code}</code>, status {each.status}</p>'
        f"<p>{escape(refusal_name(each))}</p><p><b>Next step.</b> {_marked(each.hint)}</p></section>"
        for each in found
    ]
    links = [f'<a href="#{each.code}">{each.status} {each.code}</a>' for each in found]
    head = (
        "<h1>Problems</h1><p>Every refusal is <code>application/problem+json</code> (RFC 9457). Its <code>type</code>"
        " is stable and points here; <code>errors</code> names each place that is wrong.</p>"
    )
    return _page("Backroom problems", ['<a href="/docs">Back to the API</a>', *links], [head, *rows])


def refusals() -> Iterator[type[Refusal]]:
    """Every refusal that an endpoint may answer with, and those of addresses that have none."""
    yield from (each for endpoint in ENDPOINTS for each in endpoint.refusals)
    yield from (NoSuchRoute, MethodNotAllowed, RequestTooSlow, HeaderTooLarge, TooManyConnections)


def _page(title: str, links: Iterable[str], parts: Iterable[str]) -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><nav>{''.join(links)}</nav><main>{''.join(parts)}</main></body></html>\n"
    ).encode()


def _contents() -> list[str]:
    links = ['<a href="/docs/problems">Problems</a>', '<a href="/schema/openapi.json">OpenAPI 3.1</a>']
    for tag in TAGS:
        links.append(f"<h2>{escape(tag)}</h2>")
        links += [f'<a href="#{each.operation}">{escape(each.summary)}</a>' for each in ENDPOINTS if each.tag == tag]
    return links


def _head() -> str:
    paragraphs = openapi.DESCRIPTION.split("\n\n")
    rules = "".join(f"<li>{_marked(rule)}</li>" for rule in paragraphs[1].replace("\n  ", " ").split("* ") if rule)
    roles = "".join(
        f"<tr><td><code>{role}</code></td><td>{escape(meaning)}</td></tr>" for role, meaning in ROLE_MEANINGS.items()
    )
    return (
        f"<h1>Backroom HTTP API</h1><p>{_marked(paragraphs[0])}</p><ul>{rules}</ul>"
        "<h3>Roles</h3><p>A device has one role; its token is shown once, when <code>backroom device add</code>"
        " enrols it. Who is signed on at it (<code>Backroom-Session</code>) acts under the operator's own role.</p>"
        f"<table>{roles}</table>"
    )


def _tagged(tag: str) -> str:
    sections = "".join(_operation(each) for each in ENDPOINTS if each.tag == tag)
    return f'<h2 class="tag">{escape(tag.capitalize())}</h2><p>{escape(TAGS[tag])}</p>{sections}'


def _operation(endpoint: Endpoint) -> str:
    verb = endpoint.method.lower()
    roles = openapi.roles_of(endpoint)
    parts = [
        f'<section class="op" id="{endpoint.operation}"><h3>{escape(endpoint.summary)}</h3>',
        f'<p><span class="verb {verb}">{endpoint.method}</span> <code class="route">{escape(endpoint.path)}</code></p>',
        f"<p>{_marked(endpoint.description)}</p>" if endpoint.description else "",
        f'<p class="soft">{roles} {_marked(openapi.guarded(endpoint))}</p>',
        _parameters(endpoint),
        _body(endpoint),
        f"<pre>{escape(curl(endpoint))}</pre>",
        _answers(endpoint),
        "</section>",
    ]
    return "".join(parts)


def _parameters(endpoint: Endpoint) -> str:
    rows = [(f"{{{name}}}", PATH_PARAMETERS[name]["description"]) for name in parameter_names(endpoint.path)]
    rows += [(f"?{each.name}", each.description + _default(each.default)) for each in endpoint.query]
    rows += [("Idempotency-Key", "Required.")] if endpoint.idempotent else []
    rows += [("Backroom-Approval", "The approval of a second person.")] if endpoint.guard is not None else []
    rows += [("If-Match", "The ETag that was read.")] if endpoint.conditional else []
    rows += [("Cache-Control", CACHE_CONTROL["description"])] if endpoint.shared else []
    return _table(("parameter", ""), [(f"<code>{escape(name)}</code>", _marked(text)) for name, text in rows])


def _default(value: object) -> str:
    return "" if value is None else f" Without it: {value}."


def _body(endpoint: Endpoint) -> str:
    if endpoint.body is None:
        return ""
    return _table(
        ("field", "type", ""),
        [(f"<code>{escape(name)}</code>", escape(kind), _marked(text)) for name, kind, text in fields(endpoint.body)],
    )


def _answers(endpoint: Endpoint) -> str:
    shown = ""
    if endpoint.answer is not None:
        statuses = " or ".join(str(status) for status in endpoint.status)
        answer = json.dumps(example(endpoint.answer), indent=2, ensure_ascii=False)
        shown = f"<details open><summary>Answer {statuses}</summary><pre>{escape(answer)}</pre></details>"
    links = " ".join(
        f'<a href="/docs/problems#{each.code}">{each.code}</a>'
        for each in sorted(endpoint.refusals, key=lambda each: (each.status, each.code))
    )
    return f"{shown}<details><summary>Problems</summary><p>{links}</p></details>"


def curl(endpoint: Endpoint) -> str:
    """A call of the endpoint that can be pasted into a shell with TOKEN set."""
    path = endpoint.path
    for name in parameter_names(path):
        path = path.replace(f"{{{name}}}", str(PATH_PARAMETERS[name]["example"]))
    needed = "&".join(f"{each.name}={each.example}" for each in endpoint.query if each.required)
    method = "" if endpoint.method == "GET" else f"-X {endpoint.method} "
    lines = [f"curl {method}'{ADDRESS}{path}{'?' + needed if needed else ''}'"]
    if endpoint.roles is not None:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if endpoint.idempotent:
        lines.append('-H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)"')
    if endpoint.body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(example(endpoint.body), ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    titles = "".join(f"<th>{escape(each)}</th>" for each in head)
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{cells}</table>"


def _marked(text: str) -> str:
    """Text with `code` and **strong** marked up."""
    out = escape(text.strip())
    for mark, tag in (("**", "b"), ("`", "code")):
        parts = out.split(mark)
        out = "".join(part if n % 2 == 0 else f"<{tag}>{part}</{tag}>" for n, part in enumerate(parts))
    return out


def _shown_page(path: str, operation: str, summary: str, handler: Any) -> Endpoint:
    return Endpoint(
        method="GET",
        path=path,
        operation=operation,
        summary=summary,
        tag="docs",
        handler=handler,
        roles=None,
        afar=EVERYBODY,
        media="text/html",
    )


PAGES: Sequence[Endpoint] = (
    Endpoint(
        method="GET",
        path="/",
        operation="show_front",
        summary="Whether the store is open, for a browser",
        tag="docs",
        handler=front,
        roles=None,
        media="text/html",
    ),
    _shown_page("/docs", "show_reference", "The reference", reference),
    _shown_page("/docs/problems", "show_problems", "Every problem and its next step", problem_list),
    _shown_page("/schema/openapi.json", "show_openapi", "The OpenAPI description", description),
)
"""Served beside the endpoints, and no part of the description."""
