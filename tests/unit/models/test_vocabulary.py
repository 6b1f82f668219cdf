"""Which words get a weight."""

from __future__ import annotations

import pytest

from models.vocabulary import ADMITTED_AFTER, MOST_COUNTED, MOST_WORDS, Vocabulary


def _met_by(deals: int, slot: str = "owner=ann", times: int = 1) -> Vocabulary:
    vocabulary = Vocabulary()
    for deal in range(deals):
        for _ in range(times):
            vocabulary.meet(f"opp-{deal}", [slot])
    return vocabulary


def test_a_word_of_several_deals_is_admitted() -> None:
    """After as many deals as it takes, not before."""
    assert list(_met_by(ADMITTED_AFTER - 1).admitted) == []
    assert list(_met_by(ADMITTED_AFTER).admitted) == ["owner=ann"]


def test_a_word_of_one_deal_is_not_admitted_however_often_it_is_met() -> None:
    """It could teach nothing about another deal."""
    assert list(_met_by(1, times=1_000).admitted) == []


def test_there_is_an_end_to_the_words_of_a_kind() -> None:
    """Other kinds still have their places."""
    vocabulary = Vocabulary()
    for deal in range(ADMITTED_AFTER):
        vocabulary.meet(f"opp-{deal}", [f"next_step={number}" for number in range(MOST_WORDS + 5)])
        vocabulary.meet(f"opp-{deal}", ["stage=offer"])
    assert len(vocabulary.admitted) == MOST_WORDS + 1
    assert "stage=offer" in vocabulary.admitted


def test_a_source_that_invents_words_does_not_make_it_grow_without_end() -> None:
    """Words met once go first."""
    vocabulary = Vocabulary()
    for deal in ("opp-1", "opp-2"):
        vocabulary.meet(deal, ["owner=ann"])
    vocabulary.meet("opp-3", [f"next_step={number}" for number in range(MOST_COUNTED)])
    assert list(vocabulary.state().counted) == ["owner=ann"]


def test_a_restart_changes_nothing() -> None:
    """Counts and words are kept."""
    lived = _met_by(ADMITTED_AFTER - 1)
    restarted = Vocabulary(lived.state())
    for vocabulary in (lived, restarted):
        vocabulary.meet("opp-99", ["owner=ann", "owner=bob"])
    assert lived.state() == restarted.state()
    assert list(restarted.admitted) == ["owner=ann"]


def test_only_words_are_counted() -> None:
    """A slot of a curve is a mistake of the caller."""
    vocabulary = Vocabulary()
    with pytest.raises(ValueError, match="age@3 is no word"):
        for deal in range(ADMITTED_AFTER):
            vocabulary.meet(str(deal), ["age@3"])
