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
    if alert.state != "resolved":
        parts.append("; ".join(_why(alert)))
        parts += _play(alert)
    return Text.assemble(_begin(alert), " | ".join(filter(None, parts)))


def two_lines(alert: Alert, width: int) -> Text:
    """The same on two lines, what and why; each goes on in lines of its own where `width` columns are too few."""
    what = _what(alert)
    first = Text.assemble(_begin(alert), what[0])
    lines = [folded([first, *map(Text, what[1:])], " | ", width, _INDENT)]
    if alert.state != "resolved":
        why = _why(alert)
        told = [Text(f"{each};") for each in why[:-1]] + [Text(each) for each in why[-1:]]
        told += [Text(each, style="bold") for each in _play(alert)]
        if told:
            told[0] = Text(" " * _INDENT).append_text(told[0])
            lines.append(folded(told, " ", width, _INDENT))
    return Text("\n").join(lines)


def reasons(alert: Alert) -> list[str]:
    """Why: the strongest drivers of the risk where the model's probability is the reason, else the rule's evidence."""
    if alert.risk is not None and alert.rule in _MODEL_RULES:
        named = [each for each in alert.risk.drivers if each.feature and (each.log_odds or 0.0) > 0.0]
        if named:
            return [each.text for each in named[:_DRIVERS]]
    return [each.text for each in alert.evidence[:_DRIVERS]]


def word_of(alert: Alert) -> Text:
    """How bad it is, in a word and its colour; an escalation has an exclamation mark."""
    if alert.state == "resolved":
        return Text("resolved", style="green")
    return Text(alert.severity + "!" * (alert.state == "escalated"), style=SEVERITY_STYLES[alert.severity])


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
    if alert.state == "resolved":
        parts.append(f"rule {clean(alert.rule)}")
    return list(filter(None, parts))


def _why(alert: Alert) -> list[str]:
    return [clean(each) for each in reasons(alert)]


def _play(alert: Alert) -> list[str]:
    return [] if alert.play is None else [f"-> {clean(alert.play.title)}"]
