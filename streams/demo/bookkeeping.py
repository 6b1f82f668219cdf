"""What reps (and the CRM by itself) write down: stages, forecast category, amount, next steps, people, rests, owner.

None of it is contact. How soon and how well it is done depends on the rep's habits.
"""

from __future__ import annotations

from datetime import date

from streams.demo import calendar, words
from streams.demo.calendar import MINUTES_A_DAY
from streams.demo.notebook import Exchange, Notebook
from streams.demo.plan import LADDER, NEGOTIATION, PROPOSAL, Mood, Phase
from streams.demo.settings import Kind, Style, TeamHabit
from streams.events import deal, judgement, people
from streams.events.activity import ProposalSent
from streams.events.deal import ForecastCategory
from streams.events.envelope import moment_of
from streams.events.judgement import HoldReason

#: Share of deals in which something else than the budget is waited for.
_OTHER_RESTS: tuple[HoldReason, ...] = ("reorganisation", "procurement", "legal")

#: Share of the stages in between that a team which skips stages does not enter.
_SKIPPED = 0.6


def keep_books(book: Notebook) -> None:
    """Tell every CRM edit of a deal but its creation, its close dates and its end."""
    entered = _stages(book)
    _categories(book, entered)
    _amounts(book)
    _next_steps(book)
    _people(book)
    _rests(book)
    for since, rep in book.owners[1:]:
        book.edit(since, deal.OwnerChanged, deal.OwnerData(owner=rep))


def _stages(book: Notebook) -> list[tuple[int, int]]:
    """Tell the stage changes as the rep enters them; return (minute, stage). Two due at one review become one step."""
    rng, plan = book.rng, book.plan
    by_the_book = TeamHabit.BY_THE_BOOK in book.team_habits
    wanted: list[tuple[int, int]] = []
    for stage, day in plan.stages[1:]:
        ahead = int(rng.random() * 9) if book.deal.rep.style is Style.OPTIMISTIC and stage >= PROPOSAL else 0
        ahead = 0 if by_the_book else ahead
        begun = max(book.some_time(day - ahead), book.after(plan.created, 60 * stage))
        wanted.append((book.at_desk(begun), stage))
    if len(wanted) >= PROPOSAL and rng.random() < 0.05 and not by_the_book:
        wanted += _setback(book, wanted)
    if TeamHabit.SKIPS_STAGES in book.team_habits:
        wanted = [each for each in wanted if each[1] == NEGOTIATION or book.whim.random() >= _SKIPPED]
    entered: list[tuple[int, int]] = [(plan.created, 0)]
    for index, (minute, stage) in enumerate(wanted):
        overtaken = index + 1 < len(wanted) and wanted[index + 1][0] <= minute + 120
        if overtaken or minute >= plan.closed - 30 or minute <= entered[-1][0]:
            continue
        data = deal.StageData(stage=LADDER[stage][0], position=stage + 1, previous=LADDER[entered[-1][1]][0])
        book.edit(minute, deal.StageChanged, data)
        entered.append((minute, stage))
    return entered


def _setback(book: Notebook, wanted: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a step back from the last stage reached and the way forward again."""
    minute, stage = wanted[-1]
    back = book.some_time(minute // MINUTES_A_DAY + 2 + int(book.rng.random() * 6))
    again = book.some_time(back // MINUTES_A_DAY + 4 + int(book.rng.random() * 8))
    return [(back, stage - 1), (again, stage)]


def _categories(book: Notebook, entered: list[tuple[int, int]]) -> None:
    """The forecast follows the stage: set by the CRM in half of the teams, by judgement in the others."""
    rng = book.rng
    automatic = book.deal.rep.team.encode()[-1] % 2 == 0
    current: ForecastCategory = "pipeline"
    book.edit(book.plan.created, deal.ForecastCategoryChanged, deal.CategoryData(category=current), origin="default")
    said = [(minute, _category(book, stage)) for minute, stage in entered[1:]]
    faded = book.plan.faded_day
    if faded is not None and rng.random() < book.habits.sets_hold * 0.6:
        when = book.some_time(faded + 16 + int(rng.random() * 10))
        if book.plan.mood_at(when // MINUTES_A_DAY) is Mood.SILENT:
            said.append((when, "pipeline"))
    last = book.plan.created
    for minute, category in sorted(said):
        if category == current:
            continue
        current = category
        last = max(last + 1, minute if automatic else book.after(minute, book.span(20)))
        data = deal.CategoryData(category=category)
        book.edit(last, deal.ForecastCategoryChanged, data, origin="automation" if automatic else "human")


def _category(book: Notebook, stage: int) -> ForecastCategory:
    hopeful, luck = book.deal.rep.style is Style.OPTIMISTIC, book.rng.random()
    if stage < PROPOSAL - (1 if hopeful else 0):
        return "pipeline"
    if stage < NEGOTIATION:
        return "commit" if hopeful and stage == PROPOSAL and luck < 0.5 else "best_case"
    return "commit" if luck < 0.65 or hopeful else "most_likely" if luck < 0.88 else "best_case"


def amount_text(amount: int) -> str:
    """Return an amount of money as the contract wants it."""
    return f"{amount}.00"


def _amounts(book: Notebook) -> None:
    """The estimate becomes the proposal's total, and shrinks a little when it is negotiated."""
    rng, plan, amount = book.rng, book.plan, book.deal.amount
    currency = book.deal.region.currency
    if book.opens_without_amount:
        when = book.at_desk(book.some_time(plan.created // MINUTES_A_DAY + 3 + int(rng.random() * 10)))
        book.edit(when, deal.AmountChanged, deal.AmountData(amount=amount_text(amount), currency=currency))
    factor = rng.uniform(0.55, 0.95) if book.deal.kind is Kind.PUSHED_BY_OPTIMISM else rng.uniform(0.8, 1.25)
    for note in [note for note in book.notes if note.event is ProposalSent]:
        amount = max(50, round(amount * factor / 10) * 10)
        when = book.after(note.minute, 3 + int(rng.random() * 15))
        book.edit(when, deal.AmountChanged, deal.AmountData(amount=amount_text(amount), currency=currency))
        factor = 1.0 - rng.random() * 0.12
    if plan.stages[-1][0] >= NEGOTIATION and rng.random() < 0.4:
        amount = round(amount * (1.0 - rng.choice((0.03, 0.05, 0.05, 0.08, 0.1, 0.15))))
        when = book.at_desk(book.some_time(plan.stages[-1][1] + 2 + int(rng.random() * 6)))
        book.edit(when, deal.AmountChanged, deal.AmountData(amount=amount_text(amount), currency=currency))


def _next_steps(book: Notebook) -> None:
    for exchange in sorted(book.exchanges, key=_when):
        if book.rng.random() < book.habits.next_step:
            _next_step(book, exchange)


def _when(exchange: Exchange) -> tuple[int, int]:
    return exchange.minute, exchange.meeting or 0


def _next_step(book: Notebook, exchange: Exchange) -> None:
    rng, plan = book.rng, book.plan
    minute = book.after(exchange.minute, book.span(book.habits.edit_lag_minutes * 0.4))
    day = minute // MINUTES_A_DAY
    stage = plan.stage_at(day)
    steps = words.NEXT_STEPS[stage]
    if plan.mood_at(day) is Mood.SILENT:
        steps = words.SEARCHING_STEPS if book.is_gone(minute) else words.CHASING_STEPS
    text = rng.choice(steps)
    if exchange.meeting is not None and exchange.meeting > minute:
        due = exchange.meeting
    else:
        due = calendar.plus_working(book.code, day, 2 + int(rng.random() * 8)) * MINUTES_A_DAY + 540
    if rng.random() < 0.12:
        book.edit(minute, deal.NextStepChanged, deal.NextStepData(text=text))
        return
    due_at = moment_of(calendar.at_of(book.code, due))
    book.edit(minute, deal.NextStepChanged, deal.NextStepData(text=text, due=due_at))


def _people(book: Notebook) -> None:
    rng, plan = book.rng, book.plan
    for since, contact in book.joins:
        data = people.ContactData(contact=contact.id, role=contact.role, seniority=contact.seniority)
        book.edit(since, people.ContactAdded, data, origin="automation" if rng.random() < 0.3 else "human")
    if len(book.joins) > 2 and rng.random() < 0.03:
        since, contact = book.joins[-1]
        when = book.some_time(since // MINUTES_A_DAY + 5 + int(rng.random() * 20))
        book.edit(when, people.ContactRemoved, people.ContactData(contact=contact.id))
    if plan.left_day is not None:
        # The news comes later than the silence: somebody sees the profile change, or the bounces.
        when = book.some_time(plan.left_day + 2 + int(rng.random() * 12))
        data = people.ContactData(contact=book.joins[0][1].id)
        book.edit(when, people.ContactLeft, data, origin="automation" if rng.random() < 0.6 else "human")


def _rests(book: Notebook) -> None:
    """Tell the holds and judgements of readiness that the rep records; not every rep does."""
    for phase in book.plan.phases:
        if phase.mood is Mood.RESTING and book.rng.random() < book.habits.sets_hold:
            _hold(book, phase, "budget" if book.rng.random() < 0.88 else book.rng.choice(_OTHER_RESTS))
        elif phase.mood is Mood.LULL and book.rng.random() < book.habits.sets_hold * 0.4:
            _hold(book, phase, "holiday")
        elif phase.mood is Mood.NURTURED and book.rng.random() < min(1.0, book.habits.sets_hold + 0.1):
            _unready(book, phase)


def _hold(book: Notebook, phase: Phase, reason: HoldReason) -> None:
    since = book.after(book.some_time(phase.since), 240 + book.span(book.habits.edit_lag_minutes))
    resume = date.fromordinal(calendar.next_working(book.code, phase.until - 1))
    if since // MINUTES_A_DAY >= resume.toordinal():
        return  # it is over before the rep gets round to it
    book.edit(since, judgement.HoldSet, judgement.HoldData(reason=reason, resume_date=resume))
    if book.rng.random() < 0.8:
        cleared = book.at_desk(book.some_time(phase.until))
        book.edit(cleared, judgement.HoldCleared)


def _unready(book: Notebook, phase: Phase) -> None:
    since = book.after(book.some_time(phase.since), 240 + book.span(book.habits.edit_lag_minutes))
    data = judgement.ReadinessData(readiness="not_ready", note="No project yet, stay in touch")
    book.edit(since, judgement.ReadinessChanged, data)
    follows = [each for each in book.plan.phases if each.since >= phase.until]
    if follows and follows[0].mood is Mood.ENGAGED:
        ready = book.at_desk(book.some_time(phase.until + int(book.rng.random() * 4)))
        book.edit(ready, judgement.ReadinessChanged, judgement.ReadinessData(readiness="ready"))
