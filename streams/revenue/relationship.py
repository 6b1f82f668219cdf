"""The relationship level of an account, from approved vendor to trusted partner, with the first gate that failed.

The five levels are those of the CSO Insights matrix; how they are told from events is ours (docs/coaching.md). The
gates are cumulative: an account is on the highest level up to which all hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Literal, get_args

from msgspec import Struct

from streams.revenue.conduct import Conduct
from streams.revenue.practice import Practice
from streams.revenue.sample import Gathered
from streams.state.opportunity import DAY

RelationshipLevel = Literal[
    "approved vendor", "preferred supplier", "solutions consultant", "strategic contributor", "trusted partner"
]
RELATIONSHIP_LEVELS: tuple[RelationshipLevel, ...] = get_args(RelationshipLevel)
YEAR = 365 * DAY
#: An executive sponsor is active who took part so recently.
SPONSOR_ACTIVE = 90 * DAY
FUNCTIONS, WON_DEALS = 3, 2
INITIATED, UNCONTESTED = 0.4, 0.5
#: Under so many touches by both sides together nothing is said of an account.
FEWEST_TOUCHES = 10


class Signals(Struct, frozen=True, kw_only=True):
    """What the events tell of an account."""

    account: str
    teams: tuple[str, ...]
    deals: int
    open: int
    won: int
    #: Since its first won deal, in milliseconds; none where there is none.
    tenure_ms: int | None
    touches: int
    #: Of the waits for an answer those that an answer ended; none where nobody waited.
    reply_share: float | None
    #: Of the touches those that the customer began, unasked.
    initiated_share: float
    #: The roles of people who took part.
    functions: tuple[str, ...]
    executive_at: int
    met_outside_at: int
    discovered: bool
    uncontested_share: float


class Lacking(Struct, frozen=True):
    """What an account lacks for the next level: in few words, the same for all, and with its own numbers."""

    what: str
    words: str


class AccountStanding(Struct, frozen=True):
    """An account's level, none where there is too little to say; `lacks` is the first gate that failed."""

    account: str
    level: RelationshipLevel | None
    words: str
    lacks: Lacking | None
    signals: Signals


def accounts_of(found: Gathered) -> list[AccountStanding]:
    """How the company stands with each account, in the order of their names."""
    practice = found.logbook.practice
    by_account: defaultdict[str, list[Conduct]] = defaultdict(list)
    for each in found.conducts:
        if each.account and each.status not in ("deleted", "merged"):
            by_account[each.account].append(each)
    signals = [_signals(name, deals, found, practice) for name, deals in sorted(by_account.items())]
    shares = [each.reply_share for each in signals if each.reply_share is not None and each.touches >= FEWEST_TOUCHES]
    usual = median(shares) if shares else 1.0
    return [_standing(each, found.as_of, usual) for each in signals]


def _signals(account: str, deals: list[Conduct], found: Gathered, practice: Practice) -> Signals:
    won = [each for each in deals if each.status == "won"]
    first = min((each.closed_at for each in won if each.closed_at is not None), default=None)
    people: dict[str, tuple[int, str, str]] = {}
    for person in (each for conduct in deals for each in conduct.people):
        people[person.id] = max(
            people.get(person.id, (0, "", "")), (person.took_part_at, person.role, person.seniority)
        )
    taking_part = [each for each in people.values() if each[0]]
    executives = [at for at, _, seniority in taking_part if seniority.lower() in practice.executives]
    initiated, turned = sum(each.initiated for each in deals), sum(each.turned for each in deals)
    asked, answered = sum(each.asked for each in deals), sum(each.answered for each in deals)
    uncontested = sum(each.lead_source.lower() in practice.uncontested for each in deals)
    return Signals(
        account=account,
        teams=tuple(sorted({found.team_of(each.rep) for each in deals})),
        deals=len(deals),
        open=sum(each.is_open for each in deals),
        won=len(won),
        tenure_ms=None if first is None else found.as_of - first,
        touches=initiated + turned,
        reply_share=answered / asked if asked else None,
        initiated_share=initiated / (initiated + turned) if initiated + turned else 0.0,
        functions=tuple(sorted({role for _, role, _ in taking_part if role})),
        executive_at=max(executives, default=0),
        met_outside_at=max(each.met_outside_at for each in deals),
        discovered=any(each.discovered for each in deals),
        uncontested_share=uncontested / len(deals),
    )


def _standing(signals: Signals, as_of: int, usual: float) -> AccountStanding:
    if signals.touches < FEWEST_TOUCHES:
        words = f"insufficient: {signals.touches} touches, and {FEWEST_TOUCHES} are needed"
        return AccountStanding(signals.account, None, words, None, signals)
    level, failed = relationship_of(signals, as_of, usual)
    words = level if failed is None else f"{level}, because {failed.words}"
    return AccountStanding(signals.account, level, words, failed, signals)


def relationship_of(signals: Signals, as_of: int, usual: float) -> tuple[RelationshipLevel, Lacking | None]:
    """The level for an account's signals, and the first gate that failed for the next one (none at the top).

    `usual` is the median reply share of all accounts. Monotone: more of any signal never lowers the level.
    """
    level = RELATIONSHIP_LEVELS[0]
    for above, gates in _gates(signals, as_of, usual):
        failed = next((lacking for holds, lacking in gates if not holds), None)
        if failed is not None:
            return level, failed
        level = above
    return level, None


def _gates(
    signals: Signals, as_of: int, usual: float
) -> Iterator[tuple[RelationshipLevel, list[tuple[bool, Lacking]]]]:
    """What each level asks for, the lowest first: whether it holds, and what to say where it does not."""
    tenure, answers, functions = signals.tenure_ms or 0, signals.reply_share or 0.0, len(signals.functions)
    known = tenure >= YEAR and answers >= usual
    executive = signals.executive_at > 0 and as_of - signals.executive_at <= SPONSOR_ACTIVE
    won = (
        f"{signals.won} of its deals {'was' if signals.won == 1 else 'were'} won where {WON_DEALS} are asked for, "
        f"or a customer of a year who answers as often as the usual one ({usual:.0%}; this one {answers:.0%})"
    )
    took_part = f"people of {functions} functions took part where {FUNCTIONS} are asked for"
    began = f"they began {signals.initiated_share:.0%} of the touches where {INITIATED:.0%} are asked for"
    alone = f"{signals.uncontested_share:.0%} of the deals were uncontested where {UNCONTESTED:.0%} are asked for"
    yield "preferred supplier", [(signals.won >= WON_DEALS or known, Lacking("a second deal that is won", won))]
    yield (
        "solutions consultant",
        [
            (functions >= FUNCTIONS, Lacking(f"people of {FUNCTIONS} functions who take part", took_part)),
            (signals.discovered, Lacking(_MEETING, "no meeting was held before the first proposal of a deal")),
        ],
    )
    yield (
        "strategic contributor",
        [
            (executive, Lacking("an executive who takes part", "no executive of theirs took part in the last 90 days")),
            (signals.met_outside_at > 0, Lacking("a meeting outside of open deals", "they met about open deals only")),
        ],
    )
    yield (
        "trusted partner",
        [
            (tenure >= 2 * YEAR, Lacking("two years as a customer", "the first win is less than two years ago")),
            (signals.initiated_share >= INITIATED, Lacking("touches that they begin", began)),
            (signals.uncontested_share >= UNCONTESTED, Lacking("deals without contest", alone)),
        ],
    )


_MEETING = "a meeting before the first proposal"
