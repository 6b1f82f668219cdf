"""An alert as lines of text: one for a file or a pipe, two that fold at the terminal's edge for a person."""

from __future__ import annotations

from rich.text import Text

from streams.alerts.alert import Alert
from streams.cli.screen import SEVERITY_STYLES, clean, folded, money, when

_DRIVERS = 2
#: Columns of the longest word, `critical!`.
_WORD = 9
#: Columns that everything but the beginning of an alert is set in by.
_INDENT = 4
#: Rules that speak because of a probability.
_MODEL_RULES = ("going_quiet", "slipping")


def one_line(alert: Alert) -> Text:
    """An alert on one line: when, how bad, what, which deal, how much, why, and what to do."""
    parts = _what(alert)
    if alert.status != "resolved":
        parts.append("; ".join(_why(alert)))
        parts += _play(alert)
    return Text.assemble(_begin(alert), " | ".join(filter(None, parts)))


def two_lines(alert: Alert, width: int) -> Text:
    """The same on two lines, what and why; each goes on in lines of its own where `width` columns are too few."""
    what = _what(alert)
    first = Text.assemble(_begin(alert), what[0])
    lines = [folded([first, *map(Text, what[1:])], " | ", width, _INDENT)]
    if alert.status != "resolved":
        why = _why(alert)
        told = [Text(f"{each};") for each in why[:-1]] + [Text(each) for each in why[-1:]]
        told += [Text(each, style="bold") for each in _play(alert)]
        if told:
            told[0] = Text(" " * _INDENT).append_text(told[0])
            lines.append(folded(told, " ", width, _INDENT))
    return Text("\n").join(lines)


def reasons(alert: Alert) -> list[str]:
    """Why: the strongest drivers of the risk where a model's probability leads, else the evidence; then the others."""
    if alert.risk is not None and alert.rule in _MODEL_RULES:
        named = [each for each in alert.risk.drivers if each.feature and (each.log_odds or 0.0) > 0.0]
        if named:
            return [each.text for each in named[:_DRIVERS]] + [each.title for each in alert.reasons[1:]]
    told = [each.text for each in alert.reasons[0].evidence] if alert.reasons else []
    return told[:_DRIVERS] + [each.title for each in alert.reasons[1:]]


def word_of(alert: Alert) -> Text:
    """How bad it is, in a word and its colour; an escalation has an exclamation mark."""
    if alert.status == "resolved":
        return Text("resolved", style="green")
    return Text(alert.severity + "!" * (alert.transition == "escalated"), style=SEVERITY_STYLES[alert.severity])


def handling(alert: Alert) -> list[str]:
    """What people did about it, a line each: who looks after it, and what is snoozed until when."""
    lines = [f"acknowledged by {clean(alert.acknowledged_by)}"] if alert.acknowledged_by else []
    lines += [f"assigned to {clean(alert.assignee)}"] if alert.assignee else []
    lines += [f"{each.rule} snoozed until {when(each.snoozed_until)}" for each in alert.reasons if each.snoozed_until]
    return lines


def deal_of(alert: Alert) -> str:
    """The deal by name and id."""
    named = alert.name and alert.name != alert.opportunity
    return f"{alert.name} ({alert.opportunity})" if named else alert.opportunity


def _begin(alert: Alert) -> Text:
    word = word_of(alert)
    word.pad_right(max(_WORD - len(word), 0))
    return Text.assemble((when(alert.at), "dim"), "  ", word, "  ")


def _what(alert: Alert) -> list[str]:
    parts = [clean(alert.title), clean(deal_of(alert)), money(alert.amount, clean(alert.currency)), clean(alert.owner)]
    if alert.status == "resolved":
        parts.append(f"rule {clean(alert.rule)}")
    if alert.by:
        parts.append(f"{alert.transition.replace('_', '-')} by {clean(alert.by)}")
    return list(filter(None, parts))


def _why(alert: Alert) -> list[str]:
    return [clean(each) for each in reasons(alert)]


def _play(alert: Alert) -> list[str]:
    return [] if alert.play is None else [f"-> {clean(alert.play.title)}"]
