"""What to do: the situation decides, not only the rule."""

from __future__ import annotations

import pytest

from streams.alerts.plays import PLAYS, Play
from streams.alerts.registry import RULES, play_for
from streams.state.opportunity import Opportunity


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("silent", {"people": ("ann", "bob")}, "re_engage"),
        ("silent", {"people": ("ann", "bob"), "unanswered": 2}, "other_channel"),
        ("silent", {"people": ("ann",)}, "multi_thread"),
        ("silent", {"people": (), "people_left": 1}, "multi_thread"),
        ("going_quiet", {}, "re_engage"),
        ("slipping", {}, "close_plan"),
        ("close_date_missed", {}, "fix_close_date"),
        ("pushed_repeatedly", {}, "requalify"),
        ("stuck_in_stage", {}, "stage_review"),
        ("no_next_step", {}, "book_next_step"),
        ("slipping", {"hold_reason": "budget"}, "stay_close"),
        ("silent", {"readiness": "not_ready"}, "nurture"),
        ("waiting_for_us", {"readiness": "not_ready"}, "reply_now"),
        ("untouched_by_owner", {"hold_reason": "budget"}, "introduce_owner"),
        ("amount_falling", {}, "scope_check"),
        ("stale_commit", {}, "inspect_commit"),
        ("doubtful_commit", {}, "inspect_commit"),
        ("meeting_not_rebooked", {}, "rebook_meeting"),
        ("a_rule_of_a_newer_version", {}, "re_engage"),
    ],
)
def test_a_play_fits_the_situation(rule: str, facts: dict[str, object], expected: str) -> None:
    """A missing budget and an unready buyer come first, then the rule, then who is left to talk to."""
    assert expected == play_for(rule, Opportunity(id="opp-1", **facts)).id  # type: ignore[arg-type]


def test_every_rule_has_a_play() -> None:
    """Nobody is alarmed without advice."""
    assert all(isinstance(play_for(rule.name, Opportunity(id="opp-1")), Play) for rule in RULES)


def test_plays_can_be_told_apart() -> None:
    """Ids are unique, versions are positive, and each play says what to do and what shows that it worked."""
    assert len(PLAYS) == len({play.id for play in PLAYS})
    for play in PLAYS:
        assert play.version >= 1
        assert play.steps
        assert play.success
