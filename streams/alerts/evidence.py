"""A finding in words: the title of its alert and the rule's own evidence, worked out for alerts that are said."""

from __future__ import annotations

from streams.alerts.alert import Driver
from streams.alerts.usual import usual_gap, usual_stay
from streams.alerts.view import Finding, View
from streams.alerts.words import count, day, days, percent
from streams.labels.outcome import SILENCE, SLIPPAGE
from streams.state.dates import business_days
from streams.state.opportunity import DAY

#: A title and the evidence for it, both for a person.
Words = tuple[str, tuple[Driver, ...]]


def going_quiet(view: View, finding: Finding) -> Words:
    """How likely this silence is to reach the horizon, beside what is usual, and when somebody was last heard."""
    outlook = view.outlooks.get(SILENCE)
    if outlook is None:
        return silent(view, finding)
    chance, horizon = percent(outlook.probability), count(view.horizon_days, "day")
    # What is foreseen counts from the last contact, also where a rest after it began the episode.
    gap = days(view.days_since(view.facts.quiet_since))
    return f"Going quiet: {gap} without contact, {chance} likely to become {horizon}", (
        Driver(f"{chance} risk that this silence reaches {horizon}; {percent(outlook.base_rate)} is usual"),
        Driver(_last_contact(view)),
    )


def silent(view: View, finding: Finding) -> Words:
    """How long the silence lasts, beside what is usual for such a deal."""
    gap, unanswered = view.days_since(finding.episode), view.facts.unanswered
    return f"Silent for {days(gap)}", (
        Driver(f"no contact for {days(gap)}; {usual_gap(view).words}"),
        Driver(_last_contact(view)),
        *([Driver(f"{count(unanswered, 'message')} of ours without an answer")] if unanswered else []),
    )


def slipping(view: View, finding: Finding) -> Words:
    """How likely it is that the date is missed, and when it is."""
    outlook = view.outlooks[SLIPPAGE]
    due = finding.episode
    left = -view.days_since(due)
    return f"Slipping: {percent(outlook.probability)} likely to miss its close date in {days(left)}", (
        Driver(f"{percent(outlook.probability)} risk of missing the date; {percent(outlook.base_rate)} is usual"),
        Driver(f"planned to close {_close_day(view)}, {days(left)} from now"),
    )


def close_date_missed(view: View, finding: Finding) -> Words:
    """Since when the date is over."""
    due = finding.episode
    late = view.days_since(due)
    title = "Close date missed today" if late < 1 else f"Close date missed by {days(late)}"
    since = "today" if late < 1 else f"{days(late)} ago"
    return title, (
        Driver(f"planned to close {_close_day(view)}, over {since}"),
        *([Driver(f"pushed {count(view.facts.pushes, 'time')} before")] if view.facts.pushes else []),
    )


def pushed_repeatedly(view: View, _finding: Finding) -> Words:
    """How often the date was pushed, and by how much in all."""
    window = view.policy.pushes_window_days
    recent = view.recent_pushes
    return f"Close date pushed {count(len(recent), 'time')}", (
        Driver(f"pushed {count(len(recent), 'time')} in {window} days, last {day(recent[-1])}"),
        Driver(f"{days(view.facts.pushed_ms / DAY)} added to the close date in all"),
    )


def stuck_in_stage(view: View, finding: Finding) -> Words:
    """How long the deal has been in its stage, beside what is usual there."""
    stay, stage = view.days_since(finding.episode), view.facts.stage
    return f"Stuck in {stage} for {days(stay)}", (
        Driver(f"{days(stay)} in {stage}; {usual_stay(view).words}"),
        Driver(_last_contact(view)),
    )


def no_next_step(view: View, finding: Finding) -> Words:
    """For how long nothing has been planned."""
    waited = business_days(finding.episode, view.now)
    return f"No next step for {count(waited, 'business day')}", (
        Driver(f"nothing planned for {count(waited, 'business day')}"),
        Driver(_last_contact(view)),
    )


def _last_contact(view: View) -> str:
    facts = view.facts
    if facts.last_contact_at is None:
        return "no contact with the buyer yet"
    kind = facts.last_contact_kind.replace("_", " ")
    return f"last contact {day(facts.last_contact_at)} ({kind}, event {facts.last_contact_id})"


def _close_day(view: View) -> str:
    """Name the planned close as the seller does; `close_due` is the midnight after it, which may be another day."""
    return view.facts.close_date[:10]
