"""Leading indicators of how a rep, or a team, works: each a share from 0 to 1, better where it is higher.

They are of what people do, not of what came of it: nobody chooses whether a buyer buys. Definitions and their limits:
docs/coaching.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from streams.revenue.conduct import Conduct, Tally
from streams.revenue.consistency import FAVOURITES, effective_number, evenness, favourites_share, recent_touches
from streams.revenue.indicator import Indicator, View, indicator, worth_of
from streams.revenue.indices import advances_of, in_time
from streams.revenue.ladder import Climb
from streams.revenue.quarters import Quarter
from streams.revenue.sample import Gathered
from streams.state.opportunity import DAY

#: A deal must have been open for so long before several of the buyer's people are to be expected.
_AGE = 14 * DAY


def indicators_of(
    found: Gathered, reps: Iterable[str], quarters: Sequence[Quarter], *, is_now: bool = True
) -> tuple[Indicator, ...]:
    """The indicators of some reps in some quarters; those of the present state only where that `is_now`."""
    wanted = sorted(set(reps))
    sample = found.sample(wanted, quarters)
    open_deals = [each for rep in wanted for each in found.open_deals(rep)] if is_now else []
    view = View(found, sample, sorted(open_deals, key=lambda each: (-worth_of(found, each), each.id)))
    return tuple(
        kind(view)
        for kind in (
            _several_people,
            _quick_answers,
            _next_steps,
            _kept_dates,
            _stage_by_stage,
            _followed_plays,
            _alerts_in_time,
            _all_deals,
        )
    )


def _per_deal(view: View, counted: Callable[[Tally], int]) -> dict[str, int]:
    """What is counted of each deal's tallies together, where there is any."""
    found: Counter[str] = Counter()
    for deal, tally in view.sample.tallies:
        found[deal] += counted(tally)
    return {deal: count for deal, count in found.items() if count}


def _several_people(view: View) -> Indicator:
    spans = _per_deal(view, lambda tally: tally.open_ms)
    deals = [view.found.deals[deal] for deal, span in spans.items() if span >= _AGE]
    several = sum(each.partners > 1 for each in deals)
    alone = [each for each in view.ranked(deals) if each.partners <= 1]
    return indicator(
        "several_people",
        several / len(deals) if deals else 0.0,
        len(deals),
        "deals that were open for two weeks",
        f"two or more of the buyer's people took part in {several} of {len(deals)} deals",
        view.noted((each, f"{'one' if each.partners else 'no'} person of the buyer took part") for each in alone),
    )


def _quick_answers(view: View) -> Indicator:
    hours = view.found.logbook.practice.answer_hours
    quick, waiting = view.sample.span("quick"), view.sample.kept_waiting
    of = view.sample.span("answers") + len(waiting)
    notes = [(view.found.deals[each], _waits(view, view.found.deals[each])) for each in waiting]
    slow = _per_deal(view, lambda tally: tally.answers - tally.quick)
    late = view.ranked(view.found.deals[deal] for deal in slow)
    notes += [(each, f"{slow[each.id]} answer{'s' * (slow[each.id] != 1)} came late") for each in late]
    return indicator(
        "quick_answers",
        quick / of if of else 0.0,
        of,
        "buyers who waited for an answer",
        f"{quick} of {of} buyers who waited had an answer within {hours:g} business hours",
        view.noted(notes),
        weight=min(of, len({deal for deal, tally in view.sample.tallies if tally.answers} | set(waiting))),
    )


def _waits(view: View, conduct: Conduct) -> str:
    assert conduct.waiting_since is not None
    return f"the buyer has waited for {view.days_since(conduct.waiting_since)}"


def _next_steps(view: View) -> Indicator:
    whole, deals, as_of = view.sample.span("open_ms"), view.sample.deals_open, view.found.as_of
    share = view.sample.span("step_ms") / whole if whole else 0.0
    notes = [(each, "no next step or meeting lies ahead") for each in view.open_deals if each.step_until <= as_of]
    missed = _per_deal(view, lambda tally: tally.open_ms - tally.step_ms)
    longest = sorted(missed, key=lambda deal: (-missed[deal], deal))
    notes += [(view.found.deals[deal], f"{missed[deal] // DAY} days without a next step") for deal in longest]
    return indicator(
        "next_steps",
        share,
        deals,
        "open deals",
        f"{deals} deals were open, and had a next step or meeting ahead for a part of the time",
        view.noted(notes),
    )


def _kept_dates(view: View) -> Indicator:
    judged = [each for each in view.sample.closed if each.kept is not None]
    kept = sum(each.kept is True for each in judged)
    pushes = _per_deal(view, lambda tally: tally.pushes)
    of = len(judged) + view.sample.span("pushes")
    past = [each for each in view.open_deals if 0 < each.date_until <= view.found.as_of]
    pushed = view.ranked(view.found.deals[deal] for deal in pushes)
    notes = [(each, f"its close date was over {view.days_since(each.date_until)} ago") for each in past]
    notes += [(each, f"its close date was pushed {_times(pushes[each.id])}") for each in pushed]
    notes += [(each, "it was won after its close date") for each in judged if each.kept is False]
    return indicator(
        "kept_dates",
        kept / of if of else 0.0,
        of,
        "close dates that came due or were pushed",
        f"{kept} of {of} close dates were kept; the others were pushed, or the deal was won later",
        view.noted(notes),
        weight=len({each.id for each in judged} | set(pushes)),
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _stage_by_stage(view: View) -> Indicator:
    advances = advances_of(view.sample.climbs)
    skips = [each for each in advances if each.skipped]
    latest = sorted(skips, key=lambda each: (-each.step.recorded_at, each.deal))
    return indicator(
        "stage_by_stage",
        1 - len(skips) / len(advances) if advances else 0.0,
        len(advances),
        "advances",
        f"{len(advances) - len(skips)} of {len(advances)} advances went to the next stage, the others over it",
        view.noted((view.found.deals[each.deal], _skip(each)) for each in latest),
        weight=len({each.deal for each in advances}),
    )


def _skip(climb: Climb) -> str:
    return f"{climb.skipped} stage{'s' * (climb.skipped > 1)} skipped on the way to {climb.step.stage}"


def _followed_plays(view: View) -> Indicator:
    runs = [each for each in view.sample.runs if each[1].followed_at is not None or each[1].ended_at is not None]
    left = [(deal, run.play) for deal, run in runs if run.followed_at is None]
    followed = len(runs) - len(left)
    return indicator(
        "followed_plays",
        followed / len(runs) if runs else 0.0,
        len(runs),
        "plays",
        f"{followed} of {len(runs)} plays were followed",
        view.noted(
            (view.found.deals[deal], f"the play {play} was not followed")
            for deal, play in left
            if deal in view.found.deals
        ),
    )


def _alerts_in_time(view: View) -> Indicator:
    practice = view.found.logbook.practice
    told = [(deal, in_time(each, practice, view.calendar, view.found.as_of)) for deal, each in view.sample.alerts]
    known = [(deal, said) for deal, said in told if said is not None]
    late = [deal for deal, said in known if not said]
    hits = len(known) - len(late)
    return indicator(
        "alerts_in_time",
        hits / len(known) if known else 0.0,
        len(known),
        "alerts",
        f"{hits} of {len(known)} alerts were turned to within {practice.alert_hours:g} business hours",
        view.noted(
            (view.found.deals[deal], "nobody turned to its alert in time") for deal in late if deal in view.found.deals
        ),
    )


def _all_deals(view: View) -> Indicator:
    days, deals = view.found.logbook.practice.touch_days, view.open_deals
    worth = [worth_of(view.found, each) for each in deals]
    known = [each for each in worth if each > 0]
    # A deal without an amount counts as an average one: it wants attention all the same.
    usual = sum(known) / len(known) if known else 1.0
    weights = [each or usual for each in worth]
    idle = [_idle(view, each) > days for each in deals]
    counts = [recent_touches(each, view.found.as_of) for each in deals]
    whole = sum(weights)
    untouched = sum(weight for weight, left in zip(weights, idle, strict=True) if left)
    words = f"{len(deals) - sum(idle)} of {len(deals)} open deals were touched within {days} business days; by value"
    even, top = evenness(counts), favourites_share(counts)
    if even is not None and top is not None and len(deals) > FAVOURITES:
        words = f"{FAVOURITES} deals had {top:.0%} of the latest touches (evenness {even:.2f}), and {words}"
    left = [each for each, is_idle in zip(deals, idle, strict=True) if is_idle]
    return indicator(
        "all_deals",
        1 - untouched / whole if whole else 0.0,
        len(deals),
        "open deals",
        words,
        view.noted((each, f"untouched for {view.days_since(max(each.touched_at, each.born_at))}") for each in left),
        weight=effective_number(weights),
    )


def _idle(view: View, conduct: Conduct) -> int:
    """Business days since the seller turned to the buyer, or since the deal began."""
    return view.calendar.business_days(max(conduct.touched_at, conduct.born_at), view.found.as_of)
