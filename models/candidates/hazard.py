"""Discrete-time hazards: what happens to a deal within a day, rolled over the days of the horizon.

Each day of an open deal ends in one of three ways: a good end (a contact; for slippage a win), a bad end (a loss), or
neither. The chances of both ends are learned by the product's learner with the product's recipe. A question is
answered by letting the deal stand still day after day and adding up (competing risks, Prentice et al. 1978): chance of
having come so far, times chance of the end on that day. What a day was like is learned when the answer to its question
falls due, never before, as with all others. A deal that stood still grows older by a day in all that counts days; its
counts of the last days run out.
"""

from __future__ import annotations

from math import ceil

from msgspec.structs import replace

from models.candidates.candidate import Day, Question, Terms, own
from models.case import Case
from models.learn import Learner
from models.norms import Norms
from models.recipes import RECIPES, Recipe
from models.risk import log_odds
from models.schema import FEATURES, INDEX, Vector, fingerprint
from models.scorer import Scorer
from models.snapshot import ModelSet

GOOD, BAD = "good end", "bad end"
_BASE_RATES = {"inactivity": (0.3, 0.02), "slippage": (0.01, 0.02)}
#: Further ahead every day is as the last one was.
_MOST_DAYS = 45
_GROWING = tuple(feature.name == "age" or feature.name.startswith("since_") for feature in FEATURES)
_STAGE_AGE, _TO_CLOSE, _MEETING = INDEX["stage_age"], INDEX["to_close"], INDEX["meeting_in"]
_WEEKDAY, _AGE, _CONTACTS = INDEX["weekday"], INDEX["age"], INDEX["contacts"]
#: Counts of the last days, and after how many days of standing still they are empty.
_RUNNING_OUT = ((INDEX["contacts_2d"], 2), (INDEX["events_2d"], 2), (INDEX["contacts_7d"], 7))
#: Consecutive questions are a day apart.
_A_DAY = 1.01


class Hazards:
    """Two models of a day, good end and bad end, and the questions whose days are not known yet."""

    def __init__(self, terms: Terms) -> None:
        """Begin with what is believed of a day."""
        self._target = terms.target
        self._horizon = terms.horizon_days
        good, bad = _BASE_RATES[terms.target]
        self._learner = Learner(recipes={GOOD: _believing(terms.target, good), BAD: _believing(terms.target, bad)})
        self._scorer = self._published()
        self._asked: dict[str, list[Vector]] = {}

    def learn(self, day: Day) -> None:
        """Turn the day's cases into what happened on the first day of each, and learn that."""
        learned: list[Case] = []
        for case in own(day, self._target):
            good, bad = self._ended(case)
            learned += [Case(GOOD, case.deal, case.vector, good), Case(BAD, case.deal, case.vector, bad)]
        self._learner.learn(learned)
        self._scorer = self._published()

    def predict(self, question: Question) -> float:
        """Let the deal stand still until the horizon, or until its close date."""
        vector = question.vector
        self._asked.setdefault(question.deal, []).append(vector)
        days = self._horizon
        if self._target == "slippage":
            days = max(ceil(float(vector.value("to_close") or 0.0)), 1)
        here, good = 1.0, 0.0
        for ahead in range(min(days, _MOST_DAYS)):
            chances = self._scorer.probabilities(stood_still(vector, ahead))
            ends = min(chances[GOOD] + chances[BAD], 1.0)
            good += here * chances[GOOD]
            here *= 1.0 - ends
        if days > _MOST_DAYS and ends > 0.0:
            good += here * (1.0 - (1.0 - ends) ** (days - _MOST_DAYS)) * chances[GOOD] / ends
        return min(max(1.0 - good, 1e-6), 1.0 - 1e-6)

    def size(self) -> int:
        """The bytes of means and covariances, without the questions that wait."""
        targets = self._learner.state().targets.values()
        return sum(len(each) for target in targets for each in (*target.memory.means, *target.memory.covariances))

    def _ended(self, case: Case) -> tuple[bool, bool]:
        """Whether the day after a question had a good end, and whether it had a bad one."""
        asked = self._asked.get(case.deal, [])
        age = case.vector.numbers[_AGE] or 0.0
        following = next((each for each in asked if age < (each.numbers[_AGE] or 0.0) <= age + _A_DAY), None)
        if following is None:  # closed within the day, or, for slippage, at its close date
            to_close = case.vector.value("to_close")
            if case.label and self._target == "slippage" and isinstance(to_close, float) and to_close <= 1.0:
                return False, False
            return not case.label, case.label
        if self._target == "slippage":
            return False, False
        return (following.numbers[_CONTACTS] or 0.0) > (case.vector.numbers[_CONTACTS] or 0.0), False

    def _published(self) -> Scorer:
        good, bad = self._learner.publish(0).targets.values()
        return Scorer(ModelSet(0, fingerprint(), {GOOD: good, BAD: bad}, Norms()))


def _believing(target: str, rate: float) -> Recipe:
    """The product's recipe with another belief of how often it happens."""
    recipe = RECIPES[target]
    return replace(recipe, base_rate=rate, beliefs=replace(recipe.beliefs, level=log_odds(rate)))


def stood_still(vector: Vector, days: int) -> Vector:
    """The measurement after so many days on which nothing happened."""
    if not days:
        return vector
    numbers = [
        value + days if grows and value is not None else value
        for value, grows in zip(vector.numbers, _GROWING, strict=True)
    ]
    stage_age, to_close, meeting = numbers[_STAGE_AGE], numbers[_TO_CLOSE], numbers[_MEETING]
    numbers[_STAGE_AGE] = None if stage_age is None else stage_age + days
    numbers[_TO_CLOSE] = None if to_close is None else to_close - days
    numbers[_MEETING] = None if meeting is None or meeting < days else meeting - days
    numbers[_WEEKDAY] = ((numbers[_WEEKDAY] or 0.0) + days) % 7
    for index, after in _RUNNING_OUT:
        if days >= after:
            numbers[index] = 0.0
    return Vector(tuple(numbers), vector.words)
