"""What people may do about an alert or a deal, as buttons, and the dialogues that ask for what an action needs to know.

A script sends what is chosen to `/api/actions`; without one nothing of this is shown. Each page has the dialogues once:
the button that opens one says, in its surroundings' `data-` attributes, which alert and which deal are meant.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from streams.alerts.act import NO_USE
from streams.state.opportunity import DAY, Opportunity
from streams.web import numbers
from streams.web.markup import Html, el, join
from streams.web.pages.marks import deal_name
from streams.web.standing import OpenAlert
from streams.web.vocabulary import NO_USE_BUTTONS

_SPANS = ((1, "1 day"), (3, "3 days"), (7, "1 week"), (14, "2 weeks"))
_HOLDS = {
    "budget": "the budget comes later",
    "holiday": "holidays",
    "legal": "legal is at work",
    "procurement": "procurement is at work",
    "reorganisation": "the buyer reorganises",
    "other": "another reason",
}
_MAX_NAME = 200
_MAX_NOTE = 500
#: The keys, in the order of the list behind `?`.
KEYS = (
    ("j", "next entry"),
    ("k", "entry before"),
    ("Enter", "open its deal"),
    ("a", "acknowledge"),
    ("s", "snooze"),
    ("d", "done"),
    ("n", "not useful"),
    ("u", "undo the last action"),
    ("?", "this list"),
)


class Acting(Struct, frozen=True):
    """Whether people may act on this page, and who does: `user`, where a proxy says it; the browser asks else."""

    allowed: bool = False
    by_proxy: bool = False
    user: str = ""


def about_deal(facts: Opportunity, now: int) -> dict[str, str | None]:
    """What an action has to know of a deal, as attributes of the element that its buttons are in."""
    held = facts.on_hold(now)
    return {
        "data_deal_id": facts.id,
        "data_name": deal_name(facts.name, facts.id),
        "data_hold": facts.hold_reason if held else None,
        # The midnight of the deal's own zone: half a day later it is that day in every zone.
        "data_hold_until": numbers.iso(facts.hold_until + DAY // 2)[:10] if held and facts.hold_until else None,
    }


def about_alert(alert: OpenAlert, facts: Opportunity, now: int) -> dict[str, str | None]:
    """What an action has to know of an alert and its deal."""
    return {
        **about_deal(facts, now),
        "data_alert": alert.id,
        "data_sequence": str(alert.sequence),
        "data_assignee": alert.assignee,
    }


def alert_buttons(alert: OpenAlert, facts: Opportunity, now: int) -> Html:
    """Everything that can be done about an open alert."""
    asleep = alert.status == "snoozed"
    handled = bool(alert.acknowledged_by or alert.set_aside) or alert.wakes_at is not None
    return _group(
        facts,
        None if alert.acknowledged_by or asleep else _button("acknowledge", "Acknowledge", key="a", strong=True),
        _button("snooze", "Snooze again" if asleep else "Snooze", key="s", asks=True),
        _button("done", "Done", key="d"),
        _button("dismiss", "Not useful", key="n", asks=True),
        _button("assign", "Assign", asks=True),
        _hold_button(facts, now),
        _button("reopen", "Wake" if asleep else "Take back") if handled else None,
    )


def deal_buttons(facts: Opportunity, now: int) -> Html:
    """What can be done about an open deal that has no open alert."""
    return _group(facts, _hold_button(facts, now))


def reason_buttons(rule: str, word: str, *, snoozed: bool) -> Html:
    """Snooze one reason of several, or say that it is done or of no use; what the others say goes on."""
    return el(
        "span",
        _of_reason("snooze", "Snooze again" if snoozed else "Snooze this", rule, word, asks=True),
        _of_reason("done", "Done", rule, word),
        _of_reason("dismiss", "Not useful", rule, word, asks=True),
        class_="reason-acts",
        role="group",
        aria_label=f"What to do about this reason: {word}",
    )


def _of_reason(act: str, text: str, rule: str, word: str, *, asks: bool = False) -> Html:
    return el(
        "button",
        text,
        "…" if asks else None,
        type="button",
        class_="act small",
        data_act=act,
        data_rule=rule,
        aria_haspopup="dialog" if asks else None,
        aria_label=f"{text}: {word}",
    )


def reopen_button(alert: str, facts: Opportunity, now: int) -> Html:
    """Take back what ended an alert."""
    said = {**about_deal(facts, now), "data_alert": alert}
    button = _button("reopen", "Take back")
    return el("span", button, class_="acts", **said)


def _group(facts: Opportunity, *buttons: Html | None) -> Html:
    name = f"What to do about {deal_name(facts.name, facts.id)}"
    return el("div", *buttons, class_="actions", role="group", aria_label=name)


def _hold_button(facts: Opportunity, now: int) -> Html:
    return _button("release", "End hold") if facts.on_hold(now) else _button("hold", "Hold", asks=True)


def _button(act: str, text: str, *, key: str | None = None, asks: bool = False, strong: bool = False) -> Html:
    return el(
        "button",
        text,
        "…" if asks else None,
        type="button",
        class_="act strong" if strong else "act",
        data_act=act,
        data_key=act,
        aria_keyshortcuts=key,
        aria_haspopup="dialog" if asks else None,
    )


def person(acting: Acting) -> Html | None:
    """Who acts, in the head of every page; a script fills in the name that the browser keeps."""
    if not acting.allowed:
        return None
    keys = el("button", "Keys", type="button", class_="plain", data_open="keys", aria_keyshortcuts="?")
    if acting.by_proxy:
        return el("span", acting.user or "nobody", " ", keys, class_="whoami", data_user=acting.user)
    name = el("button", "Your name", type="button", class_="plain", id="person-name", data_open="who")
    return el("span", name, keys, class_="whoami")


def dialogues(acting: Acting, now: int, people: Iterable[str]) -> Html | None:
    """The dialogues of a page, and the line that says what came of an action."""
    if not acting.allowed:
        return None
    names = [each for each in people if each]
    return join(
        _snooze(now),
        _dismiss(),
        _assign(names),
        _hold(now),
        _accept(),
        _adjust(),
        None if acting.by_proxy else _who(),
        _keys(),
        el(
            "div",
            el("p", id="outcome-text", role="status"),
            el("button", "Undo", type="button", id="undo", class_="act", hidden=True, aria_keyshortcuts="u"),
            el("button", "Try again", type="button", id="again", class_="act", hidden=True),
            el(
                "button",
                "✕",
                type="button",
                id="dismiss-outcome",
                class_="plain",
                aria_label="Close this message",
                hidden=True,
            ),
            id="outcome",
            class_="outcome",
        ),
    )


def _dialogue(name: str, title: str, *content: Html | None) -> Html:
    """A dialogue with the deal that it is about under its title; a script fills that in, as text."""
    heading = f"{name}-title"
    return el(
        "dialog",
        el(
            "form",
            el("h2", title, id=heading),
            el("p", class_="sub about-what"),
            *content,
            method="dialog",
            data_form=name,
        ),
        id=f"ask-{name}",
        class_="ask",
        aria_labelledby=heading,
    )


def _snooze(now: int) -> Html:
    spans = [_choose(text, "days", str(days), first=days == 1) for days, text in _SPANS]
    return _dialogue(
        "snooze",
        "Snooze",
        el("p", "Nothing of it is said until then, or until its cause ends.", class_="sub"),
        _which(),
        _note(),
        el("div", *spans, class_="choices", role="group", aria_label="For how long"),
        el("div", _date("Until", now), _choose("Until that day", "until", ""), class_="row"),
        _cancel(),
    )


def _dismiss() -> Html:
    reasons = [_choose(NO_USE_BUTTONS[reason], "reason", reason, first=reason == "known") for reason in NO_USE]
    return _dialogue(
        "dismiss",
        "Not useful: why?",
        el("p", "It is over, and is not said again for the same cause.", class_="sub"),
        _which(),
        _note(),
        el("div", *reasons, class_="choices", role="group", aria_label="Why it was not useful"),
        _cancel(),
    )


def _assign(people: Iterable[str]) -> Html:
    field = el("input", name="to", list="people", autocomplete="off", maxlength=_MAX_NAME)
    return _dialogue(
        "assign",
        "Assign",
        el("label", "To", field),
        el("datalist", *(el("option", value=each) for each in people), id="people"),
        _note(),
        el("div", _choose("Assign", "", ""), _choose("Give back to the owner", "back", ""), class_="choices"),
        _cancel(),
    )


def _hold(now: int) -> Html:
    options = [el("option", text, value=reason) for reason, text in _HOLDS.items()]
    return _dialogue(
        "hold",
        "Hold the deal",
        el("p", "It rests for a known reason: its silence raises no alert until it goes on.", class_="sub"),
        el("label", "Because", el("select", *options, name="reason")),
        _date("Goes on", now, " (open-ended without a day)"),
        _note(),
        el("div", _choose("Hold", "", ""), class_="choices"),
        _cancel(),
    )


def _accept() -> Html:
    return _dialogue(
        "accept",
        "Accept the update",
        el("p", id="accept-what"),
        el("div", _choose("Accept", "", ""), class_="choices"),
        _cancel(),
    )


def _adjust() -> Html:
    """A figure of one's own for a forecast."""
    field = el("input", type="number", name="amount", min="0", step="0.01", required=True, autocomplete="off")
    return _dialogue(
        "adjust",
        "Say a figure",
        el("p", "What will be won in the period, all in all, as you see it.", class_="sub"),
        el("label", "Amount, in the company's currency", field),
        el("label", "Why", el("input", name="note", maxlength=_MAX_NOTE, autocomplete="off")),
        el("div", _choose("Say it", "", ""), class_="choices"),
        _cancel(),
    )


def _who() -> Html:
    field = el("input", name="actor", id="actor", autocomplete="name", required=True, maxlength=_MAX_NAME)
    return _dialogue(
        "who",
        "Who are you?",
        el(
            "p",
            "What you do stands in the deal's history under this name. This browser keeps it.",
            class_="sub",
        ),
        el("label", "Your name", field),
        el("div", _choose("Go on", "", ""), class_="choices"),
        _cancel(),
    )


def _keys() -> Html:
    lines = [el("div", el("dt", el("kbd", key)), el("dd", text)) for key, text in KEYS]
    box = el("input", type="checkbox", id="keys-on", checked=True)
    return _dialogue(
        "keys",
        "Keys",
        el("dl", *lines, class_="keys"),
        el("label", box, " Single keys act on the entry with the focus", class_="tick"),
        el("div", el("button", "Close", value="cancel", class_="act"), class_="choices"),
    )


def _which() -> Html:
    """Which reason of several; a script fills them in, and hides it where there is only one."""
    options = el("select", el("option", "All reasons", value=""), name="rule")
    return el("label", "Which reason", options, class_="which")


def _choose(text: str, name: str, value: str, *, first: bool = False) -> Html:
    """A button that sends the form; it says one more thing itself where it has a name. `first` has the focus."""
    return el("button", text, type="submit", name=name or None, value=value, class_="act", autofocus=first)


def _cancel() -> Html:
    return el("button", "Cancel", type="submit", value="cancel", formnovalidate=True, class_="plain cancel")


def _note() -> Html:
    return el("label", "Note (may stay empty)", el("input", name="note", maxlength=_MAX_NOTE, autocomplete="off"))


def _date(label: str, now: int, more: str = "") -> Html:
    tomorrow = numbers.iso(now + DAY)[:10]
    return el("label", label, more or None, el("input", type="date", name="day", min=tomorrow))
