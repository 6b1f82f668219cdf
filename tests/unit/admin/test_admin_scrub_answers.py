"""Answers of revenue without a deal or a person: what was said stays, all else that names it goes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.admin.scrub import Erasure, Scrubber
from streams.admin.scrub_answers import without
from streams.revenue.answers import Answer, Said, SaidVersion, decode_answer, encode_answer, key_of
from streams.revenue.company import Unit
from tests.answered import answered

REP, MANAGER = "rep-de-01", "boss-de"


def erasing(name: str, person: bool = True) -> Scrubber:
    """What looks for a person, or a deal."""
    return Scrubber(Erasure("person" if person else "opportunity", name, "somebody"))


def is_named(name: str, answer: Answer) -> bool:
    """Whether the bytes of its record have a name."""
    return name.encode() in key_of(answer) + encode_answer(answer)


def deals_of(answer: Answer) -> set[str]:
    """Every deal that an answer names, wherever one may stand."""
    found: set[str] = set()
    waiting = [("", msgspec.to_builtins(answer))]
    while waiting:
        field, value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list | tuple):
            waiting += [(field, each) for each in value]
        elif field in ("deal", "deals") and isinstance(value, str):
            found.add(value)
    return found


@pytest.mark.parametrize("name", [REP, MANAGER])
def test_a_person_is_in_no_answer_any_more_and_what_was_said_stays(name: str) -> None:
    """With the same figures, under a key with the stand-in; all else of it goes."""
    named = [each for each in answered() if is_named(name, each)]
    assert {type(each) for each in named} >= {Said}
    for each in named:
        left = without(key_of(each), encode_answer(each), erasing(name))
        assert left.key is not None and left.value is not None
        assert name.encode() not in left.key + left.value
        again = decode_answer(left.value)
        assert left.key == key_of(again)
        assert left.stays == isinstance(each, Said)
        assert encode_answer(again) == encode_answer(each).replace(name.encode(), b"somebody")


def test_an_answer_that_does_not_name_it_stays_as_it_is() -> None:
    """Byte for byte, be it a deal or a person."""
    for each in answered():
        for scrubber in (erasing("rep-xx-99"), erasing("opp-none", person=False)):
            key, value = key_of(each), encode_answer(each)
            assert without(key, value, scrubber) == (key, value, True)


def test_an_answer_that_names_a_deal_goes_and_what_was_said_names_none() -> None:
    """Wherever deals stand: differences, changes, wrong dates, batches of edits, indices, sheets."""
    kinds = set()
    for each in answered():
        for deal in deals_of(each):
            kinds.add(type(each).__name__)
            left = without(key_of(each), encode_answer(each), erasing(deal, person=False))
            assert not left.stays
            assert left.value is not None and deal not in deals_of(decode_answer(left.value))
    assert kinds == {"ForecastTold", "PipelineTold", "MatrixTold", "SheetTold"}


def test_a_deal_of_digits_alone_is_found_where_deals_stand_and_nowhere_else() -> None:
    """A figure or a name of the same digits is not the deal."""
    found = 0
    for each in answered():
        for deal in deals_of(each):
            digits = encode_answer(each).replace(f'"{deal}"'.encode(), b'"4711"')
            left = without(key_of(each), digits, erasing("4711", person=False))
            assert not left.stays and left.value is not None and b'"4711"' not in left.value
            found += 1
    assert found > 100
    said = Said(
        period="FY2025-Q4",
        day=next(each.day for each in answered() if isinstance(each, Said)),
        unit=Unit("product", "4711"),
        closed=4711,
        versions=(SaidVersion(version="commit", cents=4711),),
    )
    key, value = key_of(said), encode_answer(said)
    assert without(key, value, erasing("4711", person=False)) == (key, value, True)


def test_a_tombstone_under_a_persons_key_is_one_of_the_persons() -> None:
    """The key is all there is of it."""
    key = b"sheet|rep|rep-de-01"
    assert without(key, None, erasing(REP)) == (b"sheet|rep|somebody", None, False)
    assert without(key, None, erasing("rep-de-02")) == (key, None, True)


@given(name=st.text('ab|"\\/é😀 .-', min_size=1, max_size=8).filter(lambda each: any(map(str.isalpha, each))))
def test_a_name_of_any_form_is_found_and_gone(name: str) -> None:
    """With bars, quotes and spaces in it, as unit and as who said it."""
    said = Said(
        period="FY2025-Q4",
        day=next(each.day for each in answered() if isinstance(each, Said)),
        unit=Unit("rep", name),
        closed=1,
        versions=(SaidVersion(version="adjusted", cents=2, by=name),),
    )
    scrubber = Scrubber(Erasure("person", name, "STANDIN"))
    assert scrubber.may_name(encode_answer(said))
    left = without(key_of(said), encode_answer(said), scrubber)
    assert left.key == f"said|FY2025-Q4|{said.day}|rep|STANDIN".encode() and left.stays
    assert decode_answer(left.value or b"") == msgspec.structs.replace(
        said, unit=Unit("rep", "STANDIN"), versions=(SaidVersion(version="adjusted", cents=2, by="STANDIN"),)
    )
