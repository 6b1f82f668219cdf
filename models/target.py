"""One target's learner: a River classifier that learns its cases, and the books about it.

The books: how often the target comes true, in all and by phase; what was said, held against what came; the level that
follows; what drifts, and the challenger that it begins; how much of what was learned is said beside the usual rate.
`centers` (the average share of each feature) are refreshed on a sample of the cases, since they only serve
explanations.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from models.beliefs import HatPrior
from models.bounds import Bounds, weigh
from models.case import Case
from models.distinct import DistinctDeals
from models.drift import LOSS, Drift, Lookout, look_out, measured_of
from models.hats import CONSTANT, split_word
from models.quality import Tally, calibration_error, follow, mean_log_loss, ranking, tally
from models.recipes import Recipe
from models.recursive import Cases, RecursiveState
from models.risk import log_odds, sigmoid
from models.river_kit import RecursiveClassifier
from models.schema import FEATURES, INDEX, NAMES, PHASES, Vector
from models.score import shares_of
from models.sheet import sheet_of
from models.snapshot import Challenger, Notice, NoticeKind, Quality, Weights
from models.trial import Score, Trial, TrialState

#: Of so many cases one refreshes the average share of each feature, with this much of the new value.
CENTER_EVERY = 64
CENTER_SHARE = 0.1
#: The level follows what was said too high or too low lately: how much of it, how much is kept from day to day, and how
#: many cases' worth of doubt holds it back.
LEVEL_GAIN = 0.06
LEVEL_KEPT = 0.97
LEVEL_DOUBT = 20.0
#: Before there are cases a share weighs as much as so many: elsewhere's for the base rate, the base rate for a phase.
RATE_DOUBT = 20.0
#: Before there are deals to learn from, the usual rate counts as much as what so many would teach.
BLEND_DOUBT = 10.0
#: From this share on, what is said counts as what was learned; before, its mistakes are those of the usual rate.
SPEAKING_SHARE = 0.9
#: For so many days it is known what was the usual rate then.
USUAL_MEMORY = 400
_PHASE = INDEX["phase"]


class TargetState(Struct, frozen=True):
    """One target's learner as plain numbers."""

    memory: RecursiveState
    trained: int
    positives: int
    phases: tuple[tuple[int, int], ...]
    """Cases and positives by phase."""
    deals: bytes
    """The deals that the cases were of, as `models.distinct` counts them."""
    level: float
    centers: dict[str, float]
    quality: Quality
    usual: tuple[tuple[int, float], ...]
    """From which UTC day on which rate was said to be usual."""
    lookout: Lookout
    trial: TrialState | None
    """The challenger's, where there is one."""
    speaks_since: int | None = None
    """The UTC day from which on nearly all of what is said is what was learned."""
    bounds: Bounds = Bounds()
    """How far days are usually off."""
    tally: Tally = Tally()
    """What was said lately and what came, as shares."""


class TargetLearner:
    """Learns one target, and keeps the books about it."""

    def __init__(self, target: str, recipe: Recipe, state: TargetState | None) -> None:
        self._target = target
        self._recipe = recipe
        self._words = {INDEX[name] - len(FEATURES) for name in recipe.words}
        memory = None if state is None else state.memory
        self._prior = HatPrior(recipe.beliefs)
        self._champion = RecursiveClassifier(self._prior, recipe.memories, memory)
        trial = None if state is None else state.trial
        self._trial = None if trial is None else Trial(self._prior, recipe.memories, trial)
        self._lookout = Lookout() if state is None else state.lookout
        self._bounds = Bounds() if state is None else state.bounds
        self._news: list[tuple[NoticeKind, str]] = []
        self.trained = 0 if state is None else state.trained
        self._positives = 0 if state is None else state.positives
        self._phases = [(0, 0)] * len(PHASES) if state is None else list(state.phases)
        self._deals = DistinctDeals() if state is None else DistinctDeals(state.deals)
        self._level = 0.0 if state is None else state.level
        self._centers = dict.fromkeys(NAMES, 0.0) if state is None else dict(state.centers)
        self._quality = Quality() if state is None else state.quality
        self._tally = Tally() if state is None else state.tally
        self._usual = [] if state is None else list(state.usual)
        self._speaks_since = None if state is None else state.speaks_since
        self._weights = self._weigh()

    def learn(self, cases: Sequence[Case], words: Mapping[str, None]) -> None:
        """Learn the cases of an epoch, after those that are taken back in it were unlearned."""
        own = self.own(words)
        if taken := [case for case in cases if case.taken_back is not None]:
            self._unlearn(taken, own)
        if fresh := [case for case in cases if case.taken_back is None]:
            share = self._bound(fresh)
            block = self._laid(fresh, own, [share] * len(fresh))
            self._compete(block)
            drifts = self.book(fresh, [case.predicted for case in fresh], share)
            self._challenge(drifts)
            self._champion.learn_block(block)
            if self._trial is not None:
                self._trial.learn(block)
        self._weights = self._weigh()
        self.center(fresh)

    def _laid(self, cases: Sequence[Case], own: Mapping[str, None], shares: Sequence[float]) -> Cases:
        """Cases laid on knots as one block; of what each counts, its day leaves a share."""
        sheet = sheet_of([case.vector for case in cases], own, self._recipe.by_phase)
        labels, deals = [case.label for case in cases], [case.deal for case in cases]
        counts = [share * self.count(case) for case, share in zip(cases, shares, strict=True)]
        return Cases(sheet.slots, sheet.rows, labels, deals, counts)

    def _unlearn(self, cases: Sequence[Case], own: Mapping[str, None]) -> None:
        """Take cases back that were learned, and out of the books.

        What was said of them was judged and stays so; that there was such a deal is not forgotten, either.
        """
        days = [case.taken_back or 0 for case in cases]
        block = self._laid(cases, own, [self._bounds.share_on(day) for day in days])
        self._champion.unlearn_block(block, days)
        if self._trial is not None:
            self._trial.unlearn(block, days)
        for case in cases:
            self._count(case, -1)

    def book(self, cases: Sequence[Case], predicted: Sequence[float | None], share: float = 1.0) -> list[Drift]:
        """Judge what was said of the cases of a day, before they are learned, and count them; returns what drifted.

        The level follows the day as far as it counts (`share`).
        """
        judged = [(case, said) for case, said in zip(cases, predicted, strict=True) if said is not None]
        drifts = self._judge(judged, share)
        for case in cases:
            self._count(case, 1)
        self._deals.meet({case.deal for case in cases})
        return drifts

    def count(self, case: Case) -> float:
        """How much a case counts beside a usual one."""
        return self._recipe.count(case.horizon)

    def _count(self, case: Case, times: int) -> None:
        self.trained += times
        self._positives += times * case.label
        phase = int(case.vector.numbers[_PHASE] or 0)
        seen, came_true = self._phases[phase]
        self._phases[phase] = (seen + times, came_true + times * case.label)

    def own(self, words: Iterable[str]) -> dict[str, None]:
        """Those of the words that count for this target."""
        return {slot: None for slot in words if (word := split_word(slot)) is not None and word[0] in self._words}

    def center(self, cases: Sequence[Case]) -> None:
        """Follow the average share of each feature, on some of the cases of an epoch."""
        for case in cases[::CENTER_EVERY]:
            for name, share in zip(NAMES, shares_of(self._weights, case.vector), strict=True):
                self._centers[name] += CENTER_SHARE * (share - self._centers[name])

    def rest(self) -> None:
        """Begin a day: what happened the day before is no news any more."""
        self._news = []

    def _compete(self, block: Cases) -> None:
        """Hold the challenger, where there is one, beside the champion on a block that neither has learned."""
        trial = self._trial
        if trial is None:
            return
        labels = np.asarray(block.labels, dtype=np.float64)
        losses = []
        for each in (self._champion, trial.challenger):
            weights = self._blended(each.weights)
            known = np.array([weights.get(slot, 0.0) for slot in block.slots])
            losses.append(mean_log_loss(block.measured @ known + self._level, labels))
        trial.judge(losses[0] - losses[1], len(labels))
        stands = f"{trial.score.gain:+.4f} log loss a case over {trial.score.days} days"
        if trial.verdict == "better":
            self._champion = RecursiveClassifier(self._prior, self._recipe.memories, trial.challenger.state())
            self._news.append(("promoted", f"the challenger takes over: {stands}"))
        elif trial.verdict == "not better":
            self._news.append(("dropped", f"the challenger was not better: {stands}"))
        if trial.verdict != "open":
            self._trial = None

    def _bound(self, cases: Sequence[Case]) -> float:
        """How much a day counts, by what was said of its cases."""
        spoken = self._spoken(self._own([(case, case.predicted) for case in cases if case.predicted is not None]))
        said, labels = [said for _, said in spoken], [case.label for case, _ in spoken]
        self._bounds, share = weigh(self._bounds, self._usual[-1][0] if self._usual else None, said, labels)
        if share < 1.0:
            came = f"{sum(labels)} of {len(labels)} came true where {sum(said):.0f} were expected"
            self._news.append(("unusual", f"{came}: the day counts {share:.2f}"))
        return share

    def _own(self, cases: Iterable[tuple[Case, float]]) -> list[tuple[Case, float]]:
        """What this learner itself said, or would say where pinned weights spoke."""
        return [(case, self._say(case.vector) if case.foreign else said) for case, said in cases]

    def _spoken(self, cases: Iterable[tuple[Case, float]]) -> list[tuple[Case, float]]:
        """Those that were asked when what was said was what had been learned."""
        return [(case, said) for case, said in cases if self._spoke_on(case.asked)]

    def _judge(self, cases: Sequence[tuple[Case, float]], share: float) -> list[Drift]:
        """Hold what was said against what came: the figures, the level that follows, the lookout for drift.

        The lookout hears nothing of what was mostly the usual rate, and the level only where the recipe lets it.
        """
        spoke, came = [said for _, said in cases], [case.label for case, _ in cases]
        # A checkpoint of before there were tallies has none for its cases: then they begin now.
        heard_of = self._quality.cases if self._tally.true else 0
        self._tally = tally(self._tally, heard_of, spoke, came)
        for case, said in cases:
            self._quality = follow(self._quality, said, self._usual_on(case.asked), case.label)
        own = self._own(cases)
        spoken = self._spoken(own)
        heard = spoken if self._recipe.level_waits else own
        missed = share * sum(case.label - said for case, said in heard)
        doubt = sum(said * (1.0 - said) for _, said in heard)
        self._level = LEVEL_KEPT * self._level + LEVEL_GAIN * missed / (doubt + LEVEL_DOUBT)
        if not spoken:
            return []
        vectors, labels = [case.vector for case, _ in spoken], [case.label for case, _ in spoken]
        measured = measured_of(vectors, [said for _, said in spoken], labels)
        self._lookout, drifts = look_out(self._lookout, measured)
        return drifts

    def _challenge(self, drifts: Sequence[Drift]) -> None:
        """Tell what drifted, and begin a challenger where it is the loss, and it rose."""
        for drift in drifts:
            self._news.append(("drift", f"{drift.what} went from {drift.usual:.3g} to {drift.now:.3g}"))
        if self._trial is None and any(drift.what == LOSS and drift.now > drift.usual for drift in drifts):
            self._trial = Trial.of(self._champion, self._prior)
            self._news.append(("challenger", "a challenger that forgets faster learns beside"))

    def state(self) -> TargetState:
        """Everything to continue from."""
        return TargetState(
            self._memory(),
            self.trained,
            self._positives,
            tuple(self._phases),
            self._deals.state(),
            self._level,
            dict(self._centers),
            self._quality,
            tuple(self._usual),
            self._lookout,
            None if self._trial is None else self._trial.state(),
            self._speaks_since,
            self._bounds,
            self._tally,
        )

    def publish(self, epoch: int) -> Weights:
        """The model as it is now, to be used from `epoch` (a UTC day) on."""
        self.say_usual(epoch)
        base_rate = self._base_rate()
        return Weights(
            target=self._target,
            version=f"{self._target}-{epoch}",
            trained=self.trained,
            base_rate=base_rate,
            rates=tuple((yes + RATE_DOUBT * base_rate) / (seen + RATE_DOUBT) for seen, yes in self._phases),
            weights=dict(self._weights),
            centers=dict(self._centers),
            quality=replace(self._quality, roc_auc=ranking(self._tally), ece=calibration_error(self._tally)),
            learned_share=self._learned_share(),
            challenger=None if self._trial is None else _standing(self._trial.score),
        )

    def say_usual(self, epoch: int) -> None:
        """Remember what is said to be usual from a UTC day on, and whether more than that is said."""
        if self._speaks_since is None and self._learned_share() >= SPEAKING_SHARE:
            self._speaks_since = epoch
        if not self._usual or self._usual[-1][0] < epoch:
            self._usual = [*self._usual[-USUAL_MEMORY:], (epoch, self._base_rate())]

    def notices(self, epoch: int) -> Iterator[Notice]:
        """What happened to the model with the day that was learned last."""
        for kind, text in self._news:
            yield Notice(self._target, kind, text, f"{self._target}-{epoch}", f"{self._target}-{epoch - 1}")

    def _base_rate(self) -> float:
        return (self._positives + RATE_DOUBT * self._recipe.base_rate) / (self.trained + RATE_DOUBT)

    def _usual_on(self, day: int | None) -> float:
        """The rate that was said to be usual on a UTC day; where none is named, lately."""
        after = len(self._usual) if day is None else bisect_right(self._usual, (day, inf))
        return self._usual[after - 1][1] if after else self._recipe.base_rate

    def _spoke_on(self, day: int | None) -> bool:
        """Whether what was said on a UTC day was what had been learned; where none is named, whether it is by now."""
        return self._speaks_since is not None and (day is None or day >= self._speaks_since)

    def _learned_share(self) -> float:
        """How much what was learned counts; the rest is the usual rate.

        The evidence are deals, not cases, of which a deal has one a day, and each counts for what it can teach: little
        where nearly all end alike, nothing where all do.
        """
        if not self.trained:
            return 0.0
        rate = self._positives / self.trained
        evidence = 4.0 * rate * (1.0 - rate) * self._deals.count
        return evidence / (evidence + BLEND_DOUBT)

    def _say(self, vector: Vector) -> float:
        return sigmoid(self._weights[CONSTANT] + sum(shares_of(self._weights, vector)))

    def _learned(self) -> dict[str, float]:
        return self._champion.weights

    def _memory(self) -> RecursiveState:
        return self._champion.state()

    def _weigh(self) -> dict[str, float]:
        """What was learned, blended with the usual rate, and the level on top."""
        weights = self._blended(self._learned())
        weights[CONSTANT] += self._level
        return weights

    def _blended(self, learned: Mapping[str, float]) -> dict[str, float]:
        """Weights with as much of the usual rate as there is little evidence."""
        share = self._learned_share()
        weights = {slot: share * weight for slot, weight in learned.items()}
        level = weights.get(CONSTANT, share * self._recipe.beliefs.level)
        weights[CONSTANT] = level + (1.0 - share) * log_odds(self._base_rate())
        return weights


def _standing(score: Score) -> Challenger:
    return Challenger(score.days, score.cases, score.gain)
