"""What a browser sees at the store's address: that it is open, or in large letters why it takes nothing."""

from __future__ import annotations

from html import escape

from appliance.api.call import Call
from appliance.api.page_style import STYLE
from appliance.api.reply import HTML, Header, Reply
from appliance.errors import SafeMode

UNAVAILABLE = 503
POLICY: Header = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
FRESH: Header = (b"cache-control", b"no-store")
ELSEWHERE = "The settings file cannot be used. Look at this page on the store's own machine: there it names the line."


async def front(call: Call) -> Reply:
    """The page; in safe mode with the file and the line, for whoever stands before the machine."""
    reason = call.services.safe_mode
    if reason is None:
        parts = ["<h1>The store is open</h1>", '<p><a href="/docs">The reference</a> for whoever writes a till.</p>']
        return Reply(_page("Backroom", parts), media=HTML, headers=[POLICY, FRESH])
    told = reason if call.near else ELSEWHERE
    parts = [f"<h1>{escape(SafeMode.title)}</h1>", f"<p><b>{escape(told)}</b></p>"]
    parts += [f"<p>{escape(SafeMode.hint).replace('`', '')}</p>", "<p>What is recorded is safe and can be read.</p>"]
    return Reply(_page("Safe mode", parts), status=UNAVAILABLE, media=HTML, headers=[POLICY, FRESH])


def _page(title: str, parts: list[str]) -> bytes:
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    return f"{head}<style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n".encode()
