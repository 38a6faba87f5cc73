"""The library's client as we use it: what it does faster is what the library does."""

import hypothesis.strategies as st
from hypothesis import example, given
from nats.aio.client import Client as LibraryClient

from appliance.sync.client import Client

PIECES = st.sampled_from(
    [b"Nats-Sequence", b": 7", b":", b"\r\n", b" ", b"\t", b"ce-type", b"\xc3\xa9", b"\xff", b"x\ty"]
)


@given(st.lists(PIECES, max_size=20).map(b"".join))
@example(b"Nats-Sequence: 7\r\nce-type:\tsale.completed \r\n\r\n")
@example(b"na me: 1\r\nn\xc3\xa9: 2\r\nno colon\r\nlast: \xff")
def test_headers_are_read_as_the_library_reads_them(raw: bytes) -> None:
    assert Client._parse_header_lines(raw) == LibraryClient._parse_header_lines(raw)
