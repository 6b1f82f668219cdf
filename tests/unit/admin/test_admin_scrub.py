"""What is taken out where something is erased, and what is left as it was."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.admin.scrub import GONE, Erasure, Scrubber
from streams.events.contract import encode
from streams.events.control import ForecastAdjusted
from streams.events.decode import decode
from streams.events.rejection import Rejection
from tests.builders import APPENDED_AT, a_call, a_figure, a_merge
from tests.strategies import law

DEAL = Scrubber(Erasure("opportunity", "opp-7", "erased"))
PERSON = Scrubber(Erasure("person", "rep-7", "erased-1a"))

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["rep-7", "rep-77", "by rep-7.", "rep-7@example.com", "owner=rep-7"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | st.just("rep-7"), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("rep-7", "erased-1a"),
        ("by rep-7.", "by erased-1a."),
        ("rep-7: rep-8", "erased-1a: rep-8"),
        ("owner=rep-7", "owner=erased-1a"),
        ("rep-77, xrep-7, rep-7-b", "rep-77, xrep-7, rep-7-b"),
        ("rep-7@example.com", "rep-7@example.com"),
        ("rep-7.old", "rep-7.old"),
        ("Rep-7", "Rep-7"),
    ],
)
def test_an_id_gives_way_where_it_stands_as_a_word(text: str, left: str) -> None:
    """And nowhere else: a longer id is another one's."""
    assert PERSON.text(text) == left


@law(300)
@given(JSON)
def test_nothing_is_left_and_nothing_else_is_changed(value: Any) -> None:
    """Whatever the record is: no word of it is the id any more, and where there was none the bytes are the same."""
    before = msgspec.json.encode(value)
    after = PERSON.record(before)
    assert after is not None
    assert PERSON.record(after) == after
    untouched = json.dumps(value).replace("rep-7", "")
    assert "rep-7" in json.dumps(value) or after == before, untouched
    back = msgspec.json.decode(after)
    assert PERSON.scrubbed(back) is back


def test_records_and_entries_about_a_deal_go() -> None:
    """A state by its facts, an event by its subject, a line of a digest by itself; the digest stays without it."""
    assert DEAL.record(encode(a_call(1, subject="opp-7"))) is None
    assert DEAL.record(b'{"schema":9,"mark":[1,2],"deal":{"facts":{"id":"opp-7"}}}') is None
    assert DEAL.record(b'{"delivery":{"notice":{"opportunity":"opp-7"}}}') is None
    digest = b'{"lines":[{"opportunity":"opp-7","title":"x"},{"opportunity":"opp-8","title":"y"}]}'
    assert DEAL.record(digest) == b'{"lines":[{"opportunity":"opp-8","title":"y"}]}'
    owner = (
        b'{"state":{"entries":{"al-1":{"notice":{"opportunity":"opp-7"}},"al-2":{"notice":{"opportunity":"opp-8"}}}}}'
    )
    assert DEAL.record(owner) == b'{"state":{"entries":{"al-2":{"notice":{"opportunity":"opp-8"}}}}}'
    assert DEAL.scrubbed([{"opportunity": "opp-7"}]) == []
    assert DEAL.is_about({"subject": "opp-7"})
    assert GONE is not None


def test_a_deal_that_others_mention_gives_way_to_a_stand_in() -> None:
    """A deal that was merged into it is an event still."""
    event = a_merge(3, subject="opp-8", into="opp-7")
    left = DEAL.record(encode(event))
    assert left is not None
    read = decode(left, None, APPENDED_AT)
    assert not isinstance(read, Rejection)
    assert read.data.opportunity == "erased"  # type: ignore[union-attr]
    assert read.subject == "opp-8"


def test_a_deal_of_digits_is_looked_for_where_deals_stand() -> None:
    """Elsewhere the same digits are a number."""
    number = Scrubber(Erasure("opportunity", "12", "erased"))
    value = b'{"subject":"8","data":{"amount":"12","opportunity":"12","text":"in 12 days"}}'
    assert number.record(value) == b'{"subject":"8","data":{"amount":"12","opportunity":"erased","text":"in 12 days"}}'
    assert number.record(b'{"subject":"12"}') is None


def test_what_is_no_json_goes_if_it_names_it() -> None:
    """A dead letter of which nobody can tell the parts."""
    assert DEAL.record(b'{"subject": "opp-7", ...') is None
    assert DEAL.record(b'{"subject": "opp-77", ...') == b'{"subject": "opp-77", ...'


@pytest.mark.parametrize("name", ["Zoë/1", 'a"b', "ümit"])
def test_an_id_is_found_however_json_spells_it(name: str) -> None:
    """Escaped or not."""
    scrubber = Scrubber(Erasure("person", name, "x"))
    for value in (json.dumps({"actor": name}), json.dumps({"actor": name}, ensure_ascii=False)):
        assert scrubber.may_name(value.encode())
        assert scrubber.record(value.encode()) == b'{"actor":"x"}'
    assert scrubber.may_name(json.dumps({"actor": name}).replace("/", "\\/").encode())


def test_numbers_survive_to_the_last_digit() -> None:
    """A record that is altered says every number as before."""
    value = b'{"actor":"rep-7","a":0.1,"b":1.0,"c":123456789012345678,"d":1e-7,"e":-0.0}'
    left = PERSON.record(value)
    assert left is not None
    assert msgspec.json.decode(left) == {**msgspec.json.decode(value), "actor": "erased-1a"}


def test_bytes_are_not_read_as_words() -> None:
    """What is base64 holds an id by chance only."""
    assert PERSON.record(b'{"seen":"rep-7"}') == b'{"seen":"rep-7"}'


@law(200)
@given(
    st.sampled_from(["opp-7", "o'brien+7@example.com", "m\u00fcller", "\U0001f600-7", 'a"b\u00e9/c', "a/b"]),
    st.data(),
)
def test_an_id_is_found_however_json_writes_it(name: str, data: st.DataObject) -> None:
    """Any character may stand as an escape, in small letters or capitals, and a slash with a backslash."""
    units = [int.from_bytes(pair) for pair in zip(*[iter(name.encode("utf-16-be"))] * 2, strict=True)]
    form = data.draw(st.sampled_from(["\\u{:04x}", "\\u{:04X}"]))
    plain = {'"': '\\"', "/": data.draw(st.sampled_from(["/", "\\/"]))}
    spelt = "".join(
        form.format(unit) if 0xD800 <= unit < 0xE000 or data.draw(st.booleans()) else plain.get(chr(unit), chr(unit))
        for unit in units
    )
    value = f'{{"type":"deal.won.v1","subject":"{spelt}"}}'.encode()
    scrubber = Scrubber(Erasure("opportunity", name, "erased"))
    assert msgspec.json.decode(value)["subject"] == name
    assert scrubber.may_name(value)
    assert scrubber.record(value) is None


def test_a_dead_letter_that_spells_the_id_in_escapes_goes() -> None:
    """It is no JSON, so that nothing of it can be kept."""
    scrubber = Scrubber(Erasure("person", "ana+7@example.com", "erased"))
    letter = rb'{"actor":"ana\u002B7@example.com", broken'
    assert scrubber.may_name(letter) and scrubber.record(letter) is None
    assert scrubber.record(rb'{"actor":"ben\u002B7@example.com", broken') is not None


def test_a_managers_figure_stays_and_its_manager_and_its_rep_have_a_stand_in() -> None:
    """All copies become the same, so that they still count once; a deal that is erased takes no figure along."""
    value = encode(msgspec.structs.replace(a_figure(1, "10.00", "rep-7", level="rep"), actor="rep-7"))
    left = PERSON.record(value)
    assert left is not None and left == PERSON.record(bytes(value))
    event = decode(left, None, APPENDED_AT)
    assert isinstance(event, ForecastAdjusted)
    assert (event.actor, event.data.unit, event.data.amount) == ("erased-1a", "erased-1a", "10.00")
    assert DEAL.record(value) == value
