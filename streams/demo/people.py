"""Who sells and who buys: reps with a style, accounts with their people, and what a deal is about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from streams.demo import words
from streams.demo.calendar import REGIONS, Region
from streams.demo.settings import TEAM_SIZE, Kind, Style, TeamHabit, WorldSettings


class Habits(NamedTuple):
    """How reps of one style work. Ranges are (least, most)."""

    edit_lag_minutes: float  # median working time from an event to the CRM edit about it
    weekly_edits: float  # share of edits kept for the weekly review
    next_step: float  # share of exchanges after which a next step is written down
    follow_up: float  # share of meetings and calls followed by a mail
    pace: float  # factor on the time between exchanges
    answer_minutes: float  # median working time to answer the buyer
    patience_days: tuple[int, int]  # days of silence before the deal is given up
    chases: tuple[int, int]  # touches into the silence
    sets_hold: float  # share of known rests that are recorded
    guess: tuple[float, float]  # first close date, as a factor on the length of the cycle
    push_when: tuple[int, int]  # days after the close date on which it is pushed
    push_by: tuple[int, int]  # days by which it is pushed
    redates: float  # share of wins whose close date is set right while negotiating


HABITS = {
    Style.DILIGENT: Habits(
        80, 0.1, 0.65, 0.8, 0.95, 75, (20, 38), (4, 7), 0.9, (0.95, 1.4), (-9, -1), (14, 40), 0.75
    ),
    Style.OPTIMISTIC: Habits(
        240, 0.2, 0.35, 0.6, 1.0, 110, (35, 70), (3, 6), 0.35, (0.55, 0.95), (-3, 3), (14, 31), 0.25
    ),
    Style.SPARSE: Habits(
        900, 0.7, 0.12, 0.35, 1.35, 240, (40, 90), (1, 3), 0.2, (0.8, 1.3), (2, 24), (30, 60), 0.1
    ),
}  # fmt: skip


def habits_of(style: Style, team: tuple[TeamHabit, ...]) -> Habits:
    """How a rep of a style works in a team with some habits."""
    habits = HABITS[style]
    if TeamHabit.BY_THE_BOOK in team:
        habits = habits._replace(edit_lag_minutes=60, weekly_edits=0.0, next_step=0.9, sets_hold=0.95)
    if TeamHabit.NO_NEXT_STEPS in team:
        habits = habits._replace(next_step=0.0)
    return habits


@dataclass(frozen=True, slots=True)
class Rep:
    """A seller. Edits kept for later happen at the weekly review: that weekday (0 is Monday), that minute of day."""

    id: str
    team: str
    region: str
    style: Style
    review_weekday: int
    review_minute: int


class Contact(NamedTuple):
    """A person of the buyer, by id only."""

    id: str
    role: str
    seniority: str


@dataclass(frozen=True, slots=True)
class Deal:
    """What a deal is about and who is in it; `size` is its amount as a multiple of the median amount."""

    number: int
    opportunity: str
    kind: Kind
    rep: Rep
    region: Region
    account: str
    product: str
    name: str
    contacts: tuple[Contact, ...]
    amount: int
    size: float
    lead_source: str


class Organisation:
    """The part of a world that stays: settings, reps, and the seed from which everything else is drawn."""

    def __init__(self, seed: int, settings: WorldSettings) -> None:
        """Hire the reps."""
        self.seed = seed
        self.settings = settings
        self.reps = _hire(self.stream("reps"), settings)

    def stream(self, *names: object) -> Random:
        """Return a source of randomness of its own for that purpose: the same for the same seed and names.

        The seed is a text, which `random` hashes with SHA-512; `hash()` would differ from process to process.
        """
        return Random("/".join(map(str, (self.seed, *names))))

    def colleagues(self, rep: Rep) -> list[Rep]:
        """Return the others of the rep's team, or of the region where the rep is alone in the team."""
        team = [each for each in self.reps if each.team == rep.team and each != rep]
        return team or [each for each in self.reps if each.region == rep.region and each != rep]


def _hire(rng: Random, settings: WorldSettings) -> tuple[Rep, ...]:
    reps = []
    for place, code in enumerate(settings.regions):
        count = len(range(place, settings.reps, len(settings.regions)))
        for index, style in enumerate(_styles(rng, settings, count)):
            reps.append(
                Rep(
                    id=f"rep-{code}-{index + 1:02d}",
                    team=f"team-{code}-{index // TEAM_SIZE + 1}",
                    region=code,
                    style=style,
                    review_weekday=rng.choice((0, 0, 3, 4, 4)),
                    review_minute=rng.choice((525, 540, 600, 930, 960, 990)),
                )
            )
    return tuple(reps)


def _styles(rng: Random, settings: WorldSettings, count: int) -> list[Style]:
    """Share out the styles by the largest remainder, so that a small region has its optimist too."""
    quotas = {style: share * count for style, share in settings.styles.items()}
    styles = [style for style, quota in quotas.items() for _ in range(math.floor(quota))]
    by_rest = sorted(quotas, key=lambda style: math.floor(quotas[style]) - quotas[style])
    styles += by_rest[: count - len(styles)]
    rng.shuffle(styles)
    return styles


def introduce(organisation: Organisation, number: int, elder: int | None = None) -> Deal:
    """Return who and what deal `number` is about; a duplicate or a part of `elder` shares its buyer and region."""
    settings = organisation.settings
    rng = organisation.stream("deal", number)
    kind = rng.choices(list(settings.mix), list(settings.mix.values()))[0]
    if elder is None:
        region = REGIONS[rng.choice(settings.regions)]
        account = rng.randrange(settings.accounts)
    else:
        parent = introduce(organisation, elder)
        region = parent.region
        account = int(parent.account.rpartition("-")[2])
    size = math.exp(rng.gauss(0.0, settings.amount_spread))
    name, offer = _company(organisation, region, account), rng.choice(list(words.OFFERS))
    rep = _seller(rng, organisation, region, kind)
    people = 1 if kind is Kind.SINGLE_THREADED else _people(rng, size)
    if TeamHabit.SINGLE_THREADS in settings.team_habits.get(rep.team, ()):
        people = 1
    return Deal(
        number=number,
        opportunity=f"{settings.prefix}-{number:06d}",
        kind=kind,
        rep=rep,
        region=region,
        account=_account_id(region, account),
        product=words.OFFERS[offer],
        name=f"{name} - {offer}",
        contacts=_contacts(rng, region, account, people),
        amount=_rounded(settings.amount_median * size),
        size=size,
        lead_source=rng.choices(list(words.LEAD_SOURCES), list(words.LEAD_SOURCES.values()))[0],
    )


def _seller(rng: Random, organisation: Organisation, region: Region, kind: Kind) -> Rep:
    team = [each for each in organisation.reps if each.region == region.code]
    optimists = [each for each in team if each.style is Style.OPTIMISTIC]
    if kind is Kind.PUSHED_BY_OPTIMISM and optimists:
        return rng.choice(optimists)
    # Optimists have their own kind on top, so they get fewer of the others: the load stays even.
    return rng.choices(team, [0.72 if each.style is Style.OPTIMISTIC else 1.0 for each in team])[0]


def _people(rng: Random, size: float) -> int:
    """How many people of the buyer take part: more in larger deals, one in a few even where all is well."""
    if rng.random() < 0.08:
        return 1
    return max(2, min(7, round(2.6 + 0.9 * math.log(max(size, 0.2)) + rng.gauss(0.0, 0.9))))


def _account_id(region: Region, account: int) -> str:
    return f"acc-{region.code}-{account:04d}"


def _company(organisation: Organisation, region: Region, account: int) -> str:
    rng = organisation.stream("account", region.code, account)
    return f"{rng.choice(words.HOUSES)} {rng.choice(words.TRADES)} {words.LEGAL_FORMS[region.code]}"


def _contacts(rng: Random, region: Region, account: int, count: int) -> tuple[Contact, ...]:
    """Pick people of the account: a champion or a user first, the mighty ones later."""
    account_id = _account_id(region, account).removeprefix("acc-")
    everybody = [Contact(f"con-{account_id}-{index + 1}", *role) for index, role in enumerate(words.ROLES)]
    first = everybody[0 if rng.random() < 0.7 else 1]
    others = [each for each in everybody if each != first]
    weights = [5, 4, 3, 3, 2, 2, 1]
    chosen = [first]
    while len(chosen) < count and others:
        index = rng.choices(range(len(others)), weights[: len(others)])[0]
        chosen.append(others.pop(index))
    return tuple(chosen)


def _rounded(amount: float) -> int:
    """Round to what a rep would estimate: 1,850 -> 1,900; 38,240 -> 38,000; 412,000 -> 410,000."""
    step: int = 10 ** max(1, math.floor(math.log10(max(amount, 10.0))) - 1)
    return max(step, round(amount / step) * step)
