"""How each target is learned. The figures behind these choices are in docs/models.md."""

from __future__ import annotations

from math import log

from msgspec import Struct

from models.beliefs import Beliefs
from models.recursive import Habits
from models.schema import FEATURES, WORDS


def _log_odds(rate: float) -> float:
    return log(rate / (1.0 - rate))


class Recipe(Struct, frozen=True, kw_only=True):
    """What is believed before any case, how each memory learns, and which words count."""

    base_rate: float
    """How often it happens elsewhere: said before anything was learned."""
    beliefs: Beliefs
    memories: tuple[Habits, ...]
    words: tuple[str, ...]
    by_phase: tuple[str, ...]
    """Features that behave otherwise in each phase of the deal: they have a curve in each besides the main one."""
    case_horizon: float | None = None
    """Days ahead of a question that counts as `Habits.case_weight` says; of a longer one less is its own.

    Asked every day about the next h days, a deal's cases share all but a day with the next one: h of them are about one
    independent observation. None where the answer is not about a stretch of days.
    """

    level_waits: bool = False
    """Whether the level follows only what was said when nearly all of it had been learned."""

    def count(self, horizon: float | None) -> float:
        """How much a case counts whose answer came `horizon` days after its question."""
        if self.case_horizon is None or horizon is None:
            return 1.0
        return self.case_horizon / max(horizon, 1.0)


#: What time there is and was between contacts: all that matters by phase where answers are few, or come at once.
_WHEN = (
    "age",
    "since_contact",
    "since_event",
    "last_gap",
    "since_proposal",
    "since_reply",
    "since_next_step",
    "weekday",
)
#: A deal's outcome is one label on all its days.
_OUTCOME_MEMORIES = (
    Habits(day_variance=0.1, deal_variance=1.0),
    Habits(day_variance=0.1, deal_variance=1.0, forgetting=3e-6),
)

_ALL_WORDS = tuple(word.name for word in WORDS)


def _of_outcomes(base_rate: float) -> Recipe:
    return Recipe(
        base_rate=base_rate,
        beliefs=Beliefs(level=_log_odds(base_rate), curve_variance=0.2, phase_variance=0.03, word_variance=0.1),
        memories=_OUTCOME_MEMORIES,
        words=("owner", "lead_source", "event_before", "next_step"),
        by_phase=_WHEN,
    )


RECIPES: dict[str, Recipe] = {
    "inactivity": Recipe(
        base_rate=0.2,
        beliefs=Beliefs(level=_log_odds(0.2)),
        memories=(Habits(), Habits(forgetting=2e-5)),
        words=_ALL_WORDS,
        by_phase=tuple(feature.name for feature in FEATURES if feature.name != "phase"),
        case_horizon=7.0,
        level_waits=True,
    ),
    # A silence is asked about on ten days or so, and all of them get the one answer at once. What a second memory that
    # forgets adds here is not worth its doubt (docs/models.md).
    "silence": Recipe(
        base_rate=0.2,
        beliefs=Beliefs(level=_log_odds(0.2)),
        memories=(Habits(case_weight=0.08, day_variance=0.1, deal_variance=0.3),),
        words=_ALL_WORDS,
        by_phase=_WHEN,
    ),
    "slippage": _of_outcomes(0.5),
    # Won: CSO Insights 2018, 47 %.
    "win": _of_outcomes(0.47),
    # Of deals that were not won: CSO Insights 2018, 21 of 53.
    "no_decision": _of_outcomes(0.4),
}
