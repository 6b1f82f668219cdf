"""The rules on a page: what people said of their alerts, team by team, how far that moved them, and what each means."""

from __future__ import annotations

from collections.abc import Sequence

from models.ballots import HALF_LIFE_WEEKS, PERSON_MOST, PRIOR
from streams.state.opportunity import DAY
from streams.web import numbers
from streams.web.markup import Html, el, join
from streams.web.rule_view import RuleRow, TeamVoice
from streams.web.vocabulary import rule_term

_HEAD = ("Team", "Useful", "Not useful", "People", "Speaks, as set", "Now", "At most")
_NUMBERS = 4


def rules(rows: Sequence[RuleRow], epoch: int | None) -> Html:
    """The page's body, under the id `rules`; `epoch` is the UTC day of the latest models, which carry the votes."""
    voted = [row for row in rows if row.teams]
    return el(
        "div",
        el("h1", "Rules, and what people say of them"),
        el("p", *_intro(), class_="sub intro"),
        *(_voted(row) for row in voted),
        None if voted else el("p", _nothing(epoch), class_="card empty"),
        el(
            "section",
            el("h2", "All rules"),
            el("dl", *(_meaning(row) for row in rows), class_="glossary"),
            class_="card",
            data_key="all",
        ),
        _counted_on(epoch) if voted else None,
        id="rules",
        class_="models rules",
    )


def _intro() -> tuple[Html | str, ...]:
    one = numbers.percent(PERSON_MOST / (PERSON_MOST + PRIOR))
    return (
        "Who calls an alert not useful, or done, says something of the rule behind it. From the next day on a rule "
        "speaks later for a team that finds its alerts of no use, never further than ",
        el("b", "at most"),
        " says, and what is critical is said as ever. One person moves a rule by no more than "
        f"{one} of the way, however often they click; a vote fades by half in {HALF_LIFE_WEEKS} weeks, and who takes "
        "an action back takes its vote back.",
    )


def _nothing(epoch: int | None) -> str:
    if epoch is None:
        return "No models yet, which carry what people say: they appear with the first day of events."
    day = numbers.date(epoch * DAY)
    return f"Nobody has said of an alert whether it was useful, as far as the models of {day} know."


def _counted_on(epoch: int | None) -> Html | None:
    if epoch is None:
        return None
    return el("p", f"Votes of the last year, as counted in the models of {numbers.date(epoch * DAY)}.", class_="sub")


def _voted(row: RuleRow) -> Html:
    word = rule_term(row.name).word
    fact = None if row.parameter else "It tells a fact and has no threshold, so votes are counted and move nothing."
    return el(
        "section",
        el("h2", word),
        el("p", row.meaning, class_="sub"),
        el("p", fact) if fact else None,
        el(
            "div",
            el(
                "table",
                el("caption", f"What people say of {word}", class_="unseen"),
                el("thead", el("tr", *(_heading(each, place) for place, each in enumerate(_columns(row))))),
                el("tbody", *(_team(each, row) for each in row.teams)),
                class_="votes",
            ),
            class_="wide",
            tabindex="0",
            role="region",
            aria_label=f"Votes on {word}",
        ),
        class_="card",
        id=f"rule-{row.name}",
        data_key=row.name,
    )


def _columns(row: RuleRow) -> tuple[str, ...]:
    return _HEAD if row.parameter else _HEAD[:_NUMBERS]


def _heading(text: str, place: int) -> Html:
    return el("th", text, scope="col", class_="num" if 0 < place < _NUMBERS else None)


def _team(voice: TeamVoice, row: RuleRow) -> Html:
    votes = voice.votes
    counts = (votes.useful, votes.not_useful, votes.people)
    now = el("b", voice.now) if voice.moved else voice.now
    said = (voice.set_to or "no such team now", now, voice.bound) if row.parameter else ()
    return el(
        "tr",
        el("th", votes.team or "no team", scope="row"),
        *(el("td", numbers.count(each), class_="num") for each in counts),
        *(el("td", each) for each in said),
        data_key=votes.team or "~none",
    )


def _meaning(row: RuleRow) -> Html:
    return join(el("dt", rule_term(row.name).word), el("dd", row.meaning, el("span", _speaks(row), class_="sub")))


def _speaks(row: RuleRow) -> str:
    said = f" Speaks {row.speaks_from}." if row.parameter else ""
    if not row.on:
        said = " Switched off."
    if row.other_teams:
        said += f" {'Off' if row.on else 'On'} for {', '.join(row.other_teams)}."
    return said
