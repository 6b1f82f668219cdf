"""`dealwatch rules`: what each rule means and goes by, what a file of parameters changes, whether it is right."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.plain import plain_app
from streams.cli.rules_votes import Heard, heard_votes, print_votes, summary
from streams.cli.session import settings_of
from streams.errors import NotFound

if TYPE_CHECKING:
    from streams.alerts.declare import Rule
    from streams.alerts.policy import Policy, TeamRules
    from streams.alerts.ruleset import Rules
    from streams.config.settings import Settings
    from streams.plays.definition import PlayDefinition

app = plain_app(
    no_args_is_help=True, help="What each rule means and goes by, and whether a file of parameters is right."
)

_PAUSES = {"hold": "a hold", "meeting": "a planned meeting"}
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Do not ask Kafka what people said of alerts.", show_default=False)
]
RulesFile = Annotated[
    Path | None,
    typer.Option("--rules", metavar="FILE", help="File with parameters [$DEALWATCH_RULES, or rules.toml if there]."),
]


@app.callback()
def rules() -> None:
    """What each rule means and goes by, and whether a file of parameters is right."""


@app.command("list")
def list_rules(
    ctx: typer.Context,
    rules: RulesFile = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the whole reference as Markdown, all rules as declared.")
    ] = False,
    offline: Offline = False,
    json: Json = False,
) -> None:
    """List every rule: whether it speaks, how loud it can get, what people said of its alerts, and what it means.

    Needs no Kafka: what is shown is what the file says, which a running worker reads within seconds. Only what people
    said is read from there, where one is named and answers within two seconds; where it is not, that is said.

    For example:
      dealwatch rules list
      dealwatch rules list --json | jq -r '.rules[] | select(.on | not) | .name'
    """
    from streams.alerts.registry import RULES
    from streams.cli.screen import out, print_document, table

    if markdown:
        from streams.cli.rules_document import reference

        typer.echo(reference(), nl=False)
        return
    settings, _, policy = _policy(ctx, rules)
    heard = _heard(settings, offline)
    if json:
        print_document({"rules": [_document(rule, policy, heard) for rule in RULES]})
        _note_what_is_missing(settings, heard, offline)
        return
    said = {rule.name: summary(rule, heard.feedback or {}) for rule in RULES}
    head = ("rule", "speaks", "severity", *(["people say"] if any(said.values()) else []), "what it means")
    rows = [
        (rule.name, _speaks(rule, policy), "/".join(rule.severities), *_if(head, said[rule.name]), rule.meaning)
        for rule in RULES
    ]
    out().print(table(head, rows))
    _note_what_is_missing(settings, heard, offline)


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A rule, as in `dealwatch rules list`.")],
    rules: RulesFile = None,
    offline: Offline = False,
    json: Json = False,
) -> None:
    """Show everything about one rule: its parameters for everyone and for each team, and where the defaults come from.

    And what people said of its alerts, team by team: how many were useful or not, what that weighs after the limits
    for each person and for age, and from where it moved the number from which the rule speaks. That is read from the
    latest models; without Kafka everything else is shown.

    For example:
      dealwatch rules show silent
      dealwatch rules show silent --rules staging.toml --json
    """
    from streams.alerts.feedback import votes_on
    from streams.cli.screen import print_document

    rule = _rule(name)
    settings, _, policy = _policy(ctx, rules)
    heard = _heard(settings, offline)
    if json:
        print_document(_document(rule, policy, heard))
        _note_what_is_missing(settings, heard, offline)
        return
    _print(rule, policy)
    print_votes(rule, [] if heard.feedback is None else votes_on(rule, policy, heard.feedback), heard)


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The file [$DEALWATCH_RULES, or rules.toml].")
    ] = None,
    json: Json = False,
) -> None:
    """Check a file of parameters, and say what it changes against the defaults.

    Every fault is named with its place and what is allowed there. Exit code 1 where there is one: a worker would go on
    with the rules that it had.

    For example:
      dealwatch rules check
      dealwatch rules check staging.toml --json | jq '.changes[] | {place, value, default}'
    """
    from streams.cli.screen import out, print_document, table

    _, found, _ = _policy(ctx, file)
    if json:
        print_document({"digest": found.digest, "changes": [each._asdict() for each in found.changes]})
        return
    if not found.changes:
        print("all rules are as declared")
        return
    rows = [(each.place, _value(each.value), _value(each.default)) for each in found.changes]
    out().print(table(("parameter", "is", "instead of"), rows))


def _heard(settings: Settings, offline: bool) -> Heard:
    return Heard(None, why="Kafka was not asked") if offline else heard_votes(settings)


def _note_what_is_missing(settings: Settings, heard: Heard, offline: bool) -> None:
    """Say what could not be asked, where somebody named a Kafka to ask."""
    from streams.cli.screen import note

    if heard.feedback is None and settings.broker and not offline:
        note(f"what people said is not known: {heard.why}")


def _if(head: tuple[str, ...], said: str) -> tuple[str, ...]:
    return (said,) if "people say" in head else ()


def _policy(ctx: typer.Context, file: Path | None) -> tuple[Settings, Rules, Policy]:
    from streams.config.rules import rules_of

    settings = settings_of(ctx, rules=None if file is None else str(file))
    found = rules_of(settings)
    return settings, found, found.policy(settings.policy)


def _rule(name: str) -> Rule:
    from streams.alerts.registry import BY_NAME

    if name in BY_NAME:
        return BY_NAME[name]
    alike = get_close_matches(name, BY_NAME, n=1)
    hint = f"did you mean {alike[0]}?" if alike else "`dealwatch rules list` has them all"
    raise NotFound(f"there is no rule {name!r}; {hint}")


def _plays(rule: Rule, policy: Policy) -> list[PlayDefinition]:
    """The plays that name the rule, the most specific first."""
    return [play for play in policy.playbook.plays if rule.name in play.trigger.rules]


def _speaks(rule: Rule, policy: Policy) -> str:
    """Whether a rule speaks: `on`, `off`, or for which teams it is otherwise."""
    from streams.alerts.feedback import teams_of

    said = {True: "off", False: "on"}
    everyone = rule.name in policy.everyone.off
    others = [team.team for team in teams_of(policy)[1:] if (rule.name in team.off) != everyone]
    return said[everyone] + (f" ({said[not everyone]}: {', '.join(others)})" if others else "")


def _document(rule: Rule, policy: Policy, heard: Heard) -> dict[str, Any]:
    from streams.alerts.feedback import teams_of, votes_on
    from streams.alerts.parameters import described

    teams = teams_of(policy)
    return {
        "name": rule.name,
        "on": rule.name not in policy.everyone.off,
        "meaning": rule.meaning,
        "looks_at": rule.looks_at,
        "severities": dict(rule.severities),
        "plays": [play.id for play in _plays(rule, policy)],
        "example": rule.example,
        "clears_when": rule.clears_when,
        "paused_by": rule.paused_by,
        "moved_by_people": None if rule.begins is None else rule.begins.parameter,
        "votes": None if heard.feedback is None else votes_on(rule, policy, heard.feedback),
        "parameters": [{**each._asdict(), **_values(rule, each.name, teams)} for each in described(rule.parameters)],
    }


def _values(rule: Rule, parameter: str, teams: list[TeamRules]) -> dict[str, Any]:
    everyone, *others = (getattr(each.settings_of(rule.parameters), parameter) for each in teams)
    return {"value": everyone, "teams": dict(zip((each.team for each in teams[1:]), others, strict=True))}


def _print(rule: Rule, policy: Policy) -> None:
    from rich.text import Text

    from streams.alerts.feedback import teams_of
    from streams.alerts.parameters import described
    from streams.cli.screen import SEVERITY_STYLES, out, table

    console = out()
    console.print(Text(rule.name, style="bold"))
    console.print(rule.meaning, soft_wrap=True)
    begins = "nothing: it tells a fact" if rule.begins is None else f"{rule.begins.parameter}, never a severer level"
    lines = {
        "speaks": _speaks(rule, policy),
        "for example": rule.example,
        "looks at": ", ".join(rule.looks_at),
        "clears when": rule.clears_when,
        "paused by": " or ".join(_PAUSES[each] for each in rule.paused_by) or "nothing",
        "people move": begins,
        "plays": ", ".join(play.id for play in _plays(rule, policy)) or "none",
    }
    for label, text in lines.items():
        console.print(f"  {label:12} {text}", soft_wrap=True)
    for severity, meaning in rule.severities.items():
        console.print(Text.assemble("  ", (f"{severity:12}", SEVERITY_STYLES[severity]), f" {meaning}"), soft_wrap=True)
    teams = teams_of(policy)
    rows = []
    for each in described(rule.parameters):
        values = [_value(getattr(team.settings_of(rule.parameters), each.name)) for team in teams]
        about = f"{each.unit}, {each.meaning}" if each.unit else each.meaning
        rows.append((each.name, *values, _value(each.default), each.bounds, about, each.origin))
    names = [each.team or "everyone" for each in teams]
    console.print()
    console.print(table(("parameter", *names, "default", "allowed", "what it is", "default from"), rows))


def _value(value: Any) -> str:
    """A value as TOML has it."""
    from json import dumps

    return f"{value:g}" if isinstance(value, float) else dumps(value)
