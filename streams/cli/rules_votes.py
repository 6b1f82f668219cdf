"""What people said of rules, by team, and what it made of the numbers from which they speak; as `rules` shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from streams.cli.session import bootstrap_of
from streams.errors import BrokerUnreachable, DealwatchError

if TYPE_CHECKING:
    from models.ballots import Tallies
    from streams.alerts.declare import Rule
    from streams.alerts.feedback import TeamVotes
    from streams.config.settings import Settings


#: Seconds within which a Kafka must answer: everything else is known without it.
_WAITED_S = 1.5


class Heard(NamedTuple):
    """What votes come to on the day of the latest models, by team and rule; none where nobody knows, and `why`."""

    feedback: Tallies | None
    day: str = ""
    why: str = ""


def heard_votes(settings: Settings) -> Heard:
    """Read what votes come to from the latest models, where there is a Kafka to ask that answers soon."""
    from streams.access.soon import absent
    from streams.admin.client import why_refused
    from streams.admin.modellog import Day, day_of, read_models_of
    from streams.cli.screen import waiting
    from streams.config.topics import plan

    topic = plan(settings).models.name
    try:
        with waiting(f"reading {topic} ..."):
            kafka = bootstrap_of(settings)
            if why := absent(kafka, _WAITED_S) or why_refused(kafka):
                return Heard(None, why=str(BrokerUnreachable(why)))
            models = read_models_of(kafka, topic, Day())
    except DealwatchError as error:
        return Heard(None, why=str(error))
    return Heard(models.feedback, day_of(models.epoch))


def summary(rule: Rule, feedback: Tallies) -> str:
    """All votes on a rule in a few words: `13 useful, 7 not`; empty where there are none."""
    votes = [rules[rule.name] for rules in feedback.values() if rule.name in rules]
    useful, against = sum(each.useful for each in votes), sum(each.not_useful for each in votes)
    return f"{useful} useful, {against} not" if useful + against else ""


def print_votes(rule: Rule, votes: Sequence[TeamVotes], heard: Heard) -> None:
    """Print a line for each team, and what is not known."""
    from streams.cli.screen import out, table

    console = out()
    console.print()
    if heard.feedback is None:
        console.print(f"what people said of it is not known: {heard.why}", soft_wrap=True)
        return
    if not votes:
        console.print(f"nobody has said of an alert of this rule whether it was useful (models of {heard.day})")
        return
    if rule.begins is None:
        console.print("it tells a fact, so what people say moves nothing; switch it off where nobody wants it")
    rows = [
        (
            each.team or "(no team)",
            str(each.useful),
            str(each.not_useful),
            str(each.people),
            f"{each.in_favour:.1f} / {each.against:.1f}",
            *_moved(rule, each),
        )
        for each in votes
    ]
    header = ("team", "useful", "not useful", "people", "after limits", "speaks", "at most")
    grid = table(header, rows, right=header[1:5])
    grid.columns[5].no_wrap = True
    console.print(grid)
    console.print(f"(votes of the last year, as counted in the models of {heard.day})")


def _moved(rule: Rule, votes: TeamVotes) -> tuple[str, str]:
    """From when on the rule speaks, as set and as it is now; and how far votes can move it."""
    from streams.alerts.feedback import spoken_from
    from streams.alerts.heed import threshold

    if votes.set_to is None or votes.now is None or votes.bound is None:
        return "", ""
    before, now = threshold(rule, votes.set_to), threshold(rule, votes.now)
    moved = spoken_from(rule, votes.set_to) + ("" if before == now else f" -> {now}")
    return moved, threshold(rule, votes.bound)
