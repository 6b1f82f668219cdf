"""Numbers and risks as people say them."""

from __future__ import annotations

import pytest

from models.schema import FEATURES, INDEX, NAMES, PHASES, WORDS
from streams.alerts.explain import phrase
from streams.alerts.words import count, day, days, percent
from tests.builders import ms


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0 days"),
        (0.04, "0 days"),
        (0.5, "0.5 days"),
        (1.0, "1 day"),
        (1.04, "1 day"),
        (4.25, "4.2 days"),
        (9.96, "10 days"),
        (13.5, "14 days"),
        (400.2, "400 days"),
    ],
)
def test_spans_are_said_in_days(value: float, words: str) -> None:
    """Short spans with one decimal, long ones without."""
    assert words == days(value)


def test_absurd_spans_are_still_numbers() -> None:
    """A close date in the year 9999 is far away, in digits."""
    assert days(2_912_800.0) == "2,912,800 days"


def test_counts_have_their_plural() -> None:
    """One push, three pushes, no days."""
    assert (count(1, "push"), count(3, "push"), count(0, "business day")) == ("1 push", "3 pushes", "0 business days")


@pytest.mark.parametrize(
    ("probability", "words"), [(0.0, "1 %"), (0.004, "1 %"), (0.5, "50 %"), (0.999, "99 %"), (1.0, "99 %")]
)
def test_nothing_is_certain(probability: float, words: str) -> None:
    """A probability is never said as 0 % or 100 %."""
    assert words == percent(probability)


def test_instants_are_said_as_days() -> None:
    """The calendar day in UTC."""
    assert (day(ms(0)), day(ms(0) - 1)) == ("2024-01-01", "2023-12-31")


@pytest.mark.parametrize("feature", [feature.name for feature in FEATURES])
@pytest.mark.parametrize("value", [None, 0.0, 1.0, 2.5])
def test_every_feature_has_words_for_every_value(feature: str, value: float | None) -> None:
    """Whatever is measured can be said, without placeholders left over."""
    said = phrase(feature, value)
    assert "{" not in said
    assert "None" not in said


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("phase", 2.0, f"phase: {PHASES[2]}"),
        ("since_contact", None, "no contact yet"),
        ("since_contact", 12.0, "12 days since the last contact"),
        ("weekday", 0.0, "it is Monday"),
        ("to_close", 3.0, "3 days until the planned close"),
        ("to_close", -3.0, "close date over for 3 days"),
        ("to_close", None, "no close date"),
        ("amount", 4.0, "amount of about 10,000"),
        ("last_call", 7.6, "last call took 8 minutes"),
        ("unanswered", 2.0, "2 of our messages without an answer"),
        ("last_gap", None, "fewer than two contacts"),
        ("contact_by", "rep-7", "the last contact was rep-7's"),
        ("last_event", "proposal_sent", "the last event was: proposal sent"),
        ("next_step", "", "no next step is planned"),
    ],
)
def test_features_are_said_in_words(feature: str, value: float | str | None, words: str) -> None:
    """The phrases that people see most."""
    assert words == phrase(feature, value)


@pytest.mark.parametrize("word", [word.name for word in WORDS])
def test_every_word_is_said_in_a_sentence(word: str) -> None:
    """With its text, and otherwise where there is none."""
    assert "negotiation" in phrase(word, "negotiation")
    assert phrase(word, "") not in ("", phrase(word, "negotiation"))


def test_a_phrase_exists_for_each_feature_only() -> None:
    """A feature that the models do not know has no words."""
    assert len(INDEX) == len(NAMES)
    with pytest.raises(KeyError):
        phrase("horoscope", 1.0)
