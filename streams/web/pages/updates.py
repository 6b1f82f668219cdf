"""Proposed updates of a deal's record: each a question, what speaks for it, and the two answers."""

from __future__ import annotations

from collections.abc import Sequence

from streams.alerts.update import Update
from streams.web.markup import Html, el


def proposed(updates: Sequence[Update], heading: str, *, acts: bool) -> Html | None:
    """The updates that are proposed for a deal, under a heading of the given level; none where there are none."""
    if not updates:
        return None
    return el(
        "section",
        el(heading, "Proposed updates" if len(updates) > 1 else "Proposed update"),
        el("ul", *(_update(each, acts=acts) for each in updates), class_="updates"),
        class_="proposed",
        data_key="updates",
    )


def _update(update: Update, *, acts: bool) -> Html:
    answers = el(
        "div",
        _answer("accept", "Accept", update, strong=True),
        _answer("reject", "Reject", update),
        class_="actions",
        role="group",
        aria_label=update.title,
    )
    return el(
        "li",
        el("b", update.title),
        el("p", "; ".join(update.evidence), class_="sub"),
        answers if acts else None,
        data_key=update.id,
    )


def _answer(act: str, text: str, update: Update, *, strong: bool = False) -> Html:
    asks = act == "accept" and update.field == "status"
    return el(
        "button",
        text,
        "…" if asks else None,
        type="button",
        class_="act strong" if strong else "act",
        data_act=act,
        data_update=update.id,
        data_value=update.value,
        data_confirm=f"{update.title} It ends the deal, its alerts and its plays." if asks else None,
        aria_label=f"{text}: {update.title}",
    )
