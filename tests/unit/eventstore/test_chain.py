from hashlib import sha256

from appliance.eventstore.chain import GENESIS, link


def test_the_first_link_hangs_on_thirty_two_zero_bytes() -> None:
    assert link(GENESIS, b"first") == sha256(bytes(32) + b"first").digest()


def test_a_link_depends_on_all_records_before_it() -> None:
    assert link(link(GENESIS, b"a"), b"c") != link(link(GENESIS, b"b"), b"c")
