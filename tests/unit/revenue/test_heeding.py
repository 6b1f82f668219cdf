"""Whether people turned to what was asked of them."""

from streams.revenue.heeding import Heeding, acted, alerted, played
from streams.revenue.indices import in_time
from streams.revenue.practice import Practice
from streams.state.calendar import Calendar
from tests.builders import a_done, an_acknowledgement, an_undoing, ms
from tests.conducting import ALERT, a_play, an_alert

HOURS = 1 / 24


def said(heeding: Heeding, day: float) -> bool | None:
    """What the only alert shows as of a day."""
    (alert,) = heeding.alerts
    return in_time(alert, Practice(), Calendar(), ms(day))


OPENED = alerted(Heeding(id="opp-1"), an_alert("opened", 9 * HOURS))


def test_an_alert_is_turned_to_within_two_working_days() -> None:
    """Sixteen business hours from Monday at nine are over on Tuesday at five."""
    assert said(alerted(OPENED, an_alert("acknowledged", 1.7, by="rep-1")), 9) is True
    assert said(alerted(OPENED, an_alert("acknowledged", 1.8, by="rep-1")), 9) is False


def test_nothing_is_said_while_there_is_time() -> None:
    """And then that nobody did."""
    assert said(OPENED, 1.5) is None
    assert said(OPENED, 2) is False


def test_an_alert_that_ends_by_itself_in_time_shows_nothing() -> None:
    """The buyer wrote before anybody had to."""
    assert said(alerted(OPENED, an_alert("resolved", 1)), 9) is None
    assert said(alerted(OPENED, an_alert("resolved", 5)), 9) is False


def test_an_alert_that_somebody_ends_was_turned_to() -> None:
    """Done is the best answer there is."""
    assert said(alerted(OPENED, an_alert("resolved", 1, by="rep-1")), 9) is True


def test_an_action_counts_before_its_alert_is_heard_of() -> None:
    """The two are on different topics, so either may be read first."""
    before = alerted(acted(Heeding(id="opp-1"), an_acknowledgement(1, ALERT)), an_alert("opened", 9 * HOURS))
    after = acted(OPENED, an_acknowledgement(1, ALERT))

    assert before == after
    assert said(before, 9) is True


def test_the_first_action_counts_and_taking_back_is_none() -> None:
    """Somebody turned to it, whatever became of it."""
    heeding = acted(acted(OPENED, a_done(1, ALERT)), an_undoing(1.2, ALERT))

    assert acted(heeding, an_acknowledgement(4, ALERT)) == heeding
    assert said(acted(OPENED, an_undoing(1, ALERT)), 9) is False


def test_a_run_is_followed_or_ends() -> None:
    """Both are kept, with when."""
    heeding = Heeding(id="opp-1")
    for each in (a_play("started", 0), a_play("followed", 2), a_play("followed", 3), a_play("succeeded", 4)):
        heeding = played(heeding, each)

    (run,) = heeding.runs
    assert (run.rep, run.started_at, run.followed_at, run.ended_at) == ("rep-1", ms(0), ms(2), ms(4))


def test_withheld_plays_and_those_for_managers_ask_no_rep() -> None:
    """Nobody is asked to follow what nobody showed them."""
    heeding = Heeding(id="opp-1")

    assert played(played(heeding, a_play("started", 0, arm="held_out")), a_play("started", 0, who="manager")) == heeding


def test_the_latest_runs_are_kept() -> None:
    """A deal that is asked for ever keeps two dozen."""
    heeding = Heeding(id="opp-1")
    for number in range(100):
        heeding = played(heeding, a_play("started", 0, run=f"r{number}"))

    assert [each.id for each in heeding.runs] == [f"r{number}" for number in range(76, 100)]
