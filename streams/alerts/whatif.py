"""What would lower a risk most: the deal as it would be after one more event, and what the model says of such a deal.

The event goes through the same fold and the same measurement as a real one, so nothing is assumed about which features
it changes. It says what is known of deals to which it happened; whether it happened because they were well anyway, a
model that only watches cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from models.schema import Vector
from streams.alerts.alert import WhatIf
from streams.events import activity, deal
from streams.events.envelope import Event, moment_of
from streams.features.measure import measure
from streams.labels.outcome import SLIPPAGE, WIN, Target
from streams.state.apply import apply
from streams.state.opportunity import DAY, Opportunity

#: A change of the probability that is smaller is not worth a sentence.
LEAST = 0.02
_SOON = 7 * DAY
_LATER = 30 * DAY


def what_if(
    facts: Opportunity, now: int, timezone: str, target: Target, probability: Callable[[Vector], float]
) -> WhatIf | None:
    """Return the one event at `now` that would help most, or none where none helps by `LEAST`.

    `probability` is the model's; it helps to lower it, but for the chance to win.
    """
    before = probability(measure(facts, now))
    best: WhatIf | None = None
    for text, event in _events(facts, now, target):
        after = probability(measure(apply(facts, event, timezone), now))
        helps = after - before if target == WIN else before - after
        if helps >= LEAST and (best is None or helps > best.helps):
            best = WhatIf(text, after, helps)
    return best


def _events(facts: Opportunity, now: int, target: Target) -> Iterator[tuple[str, Event]]:
    said: dict[str, Any] = {"id": "what-if", "source": "/what-if", "time": moment_of(now), "subject": facts.id}
    people = facts.people[-1:]
    call = activity.CallData(contacts=people, duration_seconds=max(facts.last_call_seconds, 300))
    yield "a call with the buyer", activity.CallLogged(**said, actor=facts.owner, data=call)
    met = activity.MeetingData(contacts=people)
    yield "a held meeting", activity.MeetingHeld(**said, actor=facts.owner, data=met)
    yield "an answer of the buyer", activity.EmailReceived(**said, data=activity.TouchData(contacts=people))
    soon = moment_of(now + _SOON)
    if facts.meeting_at is None or facts.meeting_at < now:
        yield (
            "a meeting planned for next week",
            activity.MeetingScheduled(**said, data=activity.MeetingData(starts=soon)),
        )
    if not facts.next_step:
        step = deal.NextStepData(text="next step", due=soon)
        yield "a next step that is planned", deal.NextStepChanged(**said, data=step)
    if target == SLIPPAGE and facts.close_due is not None:
        later = deal.CloseDateData(close_at=moment_of(max(facts.close_due, now) + _LATER))
        yield "a close date 30 days later", deal.CloseDateChanged(**said, data=later)
