"""The process level of a team: gates, what fails, and what would pass it."""

import pytest
from msgspec.structs import replace

from streams.events.envelope import Event
from streams.revenue.indices import Index, shrunk
from streams.revenue.logbook import Change, Logbook
from streams.revenue.practice import Practice
from streams.revenue.process import Standing, level_of, standing_of
from streams.revenue.quarters import quarters_back
from streams.revenue.sample import gather
from tests.builders import a_category, an_acknowledgement, ms, new_rules
from tests.conducting import a_logbook, a_play, a_team, an_alert, in_turn

#: 2024-06-30: both quarters of the year's first half are over but for a few hours.
AS_OF = ms(181.9)
GOOD = {"conformance": 0.9, "evidence": 0.9, "cadence": 0.9, "feedback": 0.9, "changes": 1.0}


def standing(book: Logbook, team: str = "north", as_of: int = AS_OF) -> Standing:
    """How a team stands in the two quarters until then."""
    return standing_of(gather(book, as_of), team, quarters_back(book.company, as_of, 2), with_reps=True)


def reviewed(weeks: int, subject: str = "d-000") -> list[Event]:
    """A manager who looks into a deal in each of some weeks."""
    return [a_category(7 * week + 2, "commit", actor="boss", subject=subject) for week in range(weeks)]


@pytest.mark.parametrize(
    ("changed", "level", "failed"),
    [
        ({}, "dynamic", []),
        ({"changes": 0.0}, "formal", ["changes"]),
        ({"feedback": 0.69}, "formal", ["feedback"]),
        ({"feedback": None}, "formal", ["feedback"]),
        ({"cadence": 0.74}, "informal", ["cadence"]),
        ({"evidence": 0.2, "cadence": None}, "informal", ["evidence", "cadence"]),
        ({"conformance": 0.69}, "informal", ["conformance"]),
        ({"conformance": 0.49}, "random", ["conformance"]),
        ({"conformance": None}, "random", ["conformance"]),
    ],
)
def test_the_first_gate_that_fails_decides(changed: dict[str, float | None], level: str, failed: list[str]) -> None:
    """Levels are cumulative: good feedback makes no process of what everybody does their own way."""
    found, gates = level_of({**GOOD, **changed})

    assert found == level
    assert [gate.of for gate in gates] == failed


def test_a_team_that_climbs_with_evidence_and_a_manager_is_formal() -> None:
    """And dynamic once alerts are turned to and the rules were changed."""
    book = a_logbook(in_turn(a_team(30), reviewed(26)))
    formal = standing(book)
    for number in range(12):
        alert = replace(an_alert("opened", 0), id=f"al-{number:020d}")
        book.hear(alert)
        book.hear(replace(alert, transition="acknowledged", at=ms(1)))
    unchanged = standing(book)
    book.rule(new_rules(100, {"rule": {"silent": {"factor": 2.0}}}))

    assert (formal.level, [each.gate.of for each in formal.failed]) == ("formal", ["feedback", "changes"])
    assert unchanged.words.startswith("formal, because no rule, play or stage was changed in the window")
    assert (standing(book).level, standing(book).words) == ("dynamic", "dynamic: every gate is passed")


def test_what_is_said_has_its_numbers_and_deals() -> None:
    """Ten of thirty deals went from the first rung to the last: they are named, and how many are too many."""
    found = standing(a_logbook(in_turn(a_team(30, misfits=20), reviewed(26))))
    conformance = found.index("conformance")

    assert found.level == "informal"
    assert conformance.value == pytest.approx((10 * 1.0 + 20 * 0.5) / 30)
    assert conformance.value is not None
    assert conformance.interval is not None
    assert conformance.interval.low < conformance.value < conformance.interval.high
    assert set(conformance.deals) <= {f"d-{number:03d}" for number in range(20)}
    assert conformance.words == "10 of 30 closed deals climbed the ladder step by step"
    # 0.7 of 30 is 21 where there is 20 now: two deals that gain a half each.
    assert [(each.gate.of, each.needed) for each in found.failed] == [("conformance", 2)]


def test_what_is_needed_passes_the_gate_and_one_less_does_not() -> None:
    """The smallest change is told, not any."""
    misfits, unproven = 24, 30
    needed = standing(a_logbook(in_turn(a_team(30, misfits=misfits), reviewed(26)))).failed[0].needed
    assert needed is not None
    for fewer, level in ((needed, "formal"), (needed - 1, "informal")):
        assert standing(a_logbook(in_turn(a_team(30, misfits=misfits - fewer), reviewed(26)))).level == level

    needed = standing(a_logbook(in_turn(a_team(30, unproven=unproven), reviewed(26)))).failed[0].needed
    assert needed is not None
    for fewer, level in ((needed, "formal"), (needed - 1, "informal")):
        assert standing(a_logbook(in_turn(a_team(30, unproven=unproven - fewer), reviewed(26)))).level == level


def test_weeks_that_are_needed_pass_the_gate() -> None:
    """Three quarters of the weeks that are over."""
    few = standing(a_logbook(in_turn(a_team(30), reviewed(10))))
    (failed,) = few.failed
    assert failed.gate.of == "cadence"
    assert failed.needed is not None
    for more, level in ((failed.needed, "formal"), (failed.needed - 1, "informal")):
        assert standing(a_logbook(in_turn(a_team(30), reviewed(10 + more)))).level == level


def test_under_the_minimum_sample_no_level_is_said() -> None:
    """Nineteen closed deals are one too few, however well they went."""
    found = standing(a_logbook(in_turn(a_team(19), reviewed(26))))

    assert found.level is None
    assert found.words.startswith("insufficient: 19 closed deals")
    assert standing(a_logbook(in_turn(a_team(20), reviewed(26)))).level == "formal"


def test_a_window_has_its_own_quarters() -> None:
    """What was closed in the first quarter says nothing of the third and fourth."""
    book = a_logbook(a_team(30))

    assert standing(book, as_of=ms(365.5)).closed == 0


def test_an_index_of_few_cases_is_not_known() -> None:
    """Alerts: none. Nothing is made up of nothing."""
    feedback = standing(a_logbook(a_team(30))).index("feedback")

    assert feedback.value is None
    assert feedback.words == "too few alerts to say (0, and 10 are needed)"


def test_reps_are_pulled_towards_their_team() -> None:
    """A rep with as many deals as the prior counts by half."""
    own = Index(name="conformance", value=0.2, of=20, counted="deals", words="")
    team = Index(name="conformance", value=0.8, of=200, counted="deals", words="")

    assert shrunk(own, team) == pytest.approx(0.5)
    assert shrunk(Index(name="conformance", value=None, of=3, counted="deals", words=""), team) == 0.8
    assert shrunk(own, Index(name="conformance", value=None, of=3, counted="deals", words="")) is None


def test_a_team_is_its_reps_together() -> None:
    """Two reps of one team, one of another: each is counted where they belong."""
    north = a_team(12, rep="rep-1"), a_team(13, rep="rep-2", prefix="e")
    book = a_logbook(in_turn(*north, a_team(11, rep="rep-3", prefix="f")))

    assert standing(book).closed == 25
    assert [(each.rep, each.closed) for each in standing(book).reps] == [("rep-1", 12), ("rep-2", 13)]
    assert standing(book, "south").closed == 11


def test_edits_that_crowd_before_calls_count_against_the_cadence() -> None:
    """A rep who edits only on the day before the forecast call edits for the call."""
    practice = Practice(call_weekday=2, call_hour=9)
    edits = [a_category(7 * week + 1.5, "commit", actor="rep-1", subject="d-000") for week in range(3, 24)]
    steady = standing(a_logbook(in_turn(a_team(30), reviewed(26)), practice)).index("cadence")
    crowded = standing(a_logbook(in_turn(a_team(30), reviewed(26), edits), practice)).index("cadence")

    assert steady.value is not None
    assert crowded.value is not None
    assert crowded.parts["batchiness"] > steady.parts["batchiness"]
    assert crowded.value < steady.value
    assert crowded.parts["inspected"] == steady.parts["inspected"]


def test_changes_are_counted_once_however_many_partitions_tell_them() -> None:
    """And rules that stay as they are are no change."""
    book = a_logbook(a_team(1))
    rules = {"rule": {"silent": {"factor": 2.0}}}
    for event in (new_rules(1, {}), new_rules(5, rules), new_rules(5, rules), new_rules(9, rules)):
        book.rule(event)
    book.change(Change(ms(7), "the stage Demo was taken out"))

    assert [(each.at, each.what) for each in book.changes()] == [
        (ms(5), "other rules for alerts came into force"),
        (ms(7), "the stage Demo was taken out"),
    ]


def test_another_version_of_a_play_is_a_change() -> None:
    """From when it was first run; the first version is none."""
    book = a_logbook(a_team(1))
    first = a_play("started", 3)
    second = replace(first, version=2, started_at=ms(8))
    book.play(second)
    assert not book.changes()
    book.play(first)

    assert [(each.at, each.what) for each in book.changes()] == [(ms(8), "the play re_engage became version 2")]


def test_an_action_among_the_deals_events_is_heeded() -> None:
    """Actions may come with the deal's other events."""
    book = a_logbook([*a_team(1), an_acknowledgement(30, "al-" + "1" * 20, subject="d-000")])

    assert [each.id for each in book.heedings["d-000"].alerts] == ["al-" + "1" * 20]
