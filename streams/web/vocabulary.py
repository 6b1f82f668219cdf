"""The words of the page: what rules, targets, events and feeds are called, and a sentence on each for whoever asks."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from streams.alerts.registry import RULES as ALERT_RULES


class Term(NamedTuple):
    """A word on the page and its explanation in a sentence or two."""

    word: str
    meaning: str


RULES: dict[str, Term] = {
    rule.name: Term(rule.name.replace("_", " ").capitalize(), rule.meaning) for rule in ALERT_RULES
}

TARGETS: dict[str, Term] = {
    "inactivity": Term(
        "Silent",
        "Probability that there will be no contact with the buyer during the next days (14, where the source says "
        "nothing else). A reply, a call that was taken or a meeting is contact; our own mails are not. 'Usual' is the "
        "base rate: in how many of all past cases it came true; the tick on the line marks it.",
    ),
    "silence": Term(
        "Going quiet",
        "Probability that the silence that the deal is in, counted from the last contact with the buyer, will reach "
        "its horizon (14 days, where the source says nothing else). Not asked once it has.",
    ),
    "slippage": Term(
        "Slip",
        "Probability that the deal will not be won by the close date planned now. Not asked once that date is over. "
        "'Usual' is the base rate, and the tick on the line marks it.",
    ),
    "win": Term(
        "Win",
        "Probability that the deal will be won in the end; here more is better. 'Usual' is the base rate, and the tick "
        "on the line marks it.",
    ),
    "no_decision": Term(
        "No decision",
        "Probability that the deal, if it is not won, will end without a decision rather than lost to somebody.",
    ),
}

#: The targets that the table of all deals has room for; the page of a deal has all of them.
HEADLINES = ("inactivity", "slippage", "win")

#: What a target asks, in a sentence.
QUESTIONS: dict[str, str] = {
    "inactivity": "Will there be no contact with the buyer during the next days?",
    "silence": "Will the silence that the deal is in reach its horizon?",
    "slippage": "Will the deal not be won by the close date that is planned now?",
    "win": "Will the deal be won in the end?",
    "no_decision": "If the deal is not won, will it end without a decision?",
}

#: Words about a deal, as they stand before what was said.
_WORDS: dict[str, str] = {
    "stage": "stage",
    "owner": "owner",
    "lead_source": "came from",
    "contact_by": "last contact by",
    "last_event": "last event",
    "event_before": "the event before",
    "next_step": "next step",
}

TERMS: dict[str, Term] = {
    "severity": Term(
        "Severity",
        "Critical needs somebody today, a warning this week. A deal has the severity of its alert, which is that of "
        "the worst reason that is not snoozed.",
    ),
    "as_of": Term(
        "as of",
        "Time here is the time of the events: the page shows the deals as known at the latest event, not at the time "
        "on your wall. A replayed log shows the same as when it happened.",
    ),
    "at_risk": Term(
        "Deals at risk",
        "Open deals whose alert is a warning or critical and not snoozed: the most severe first, then by amount times "
        "the probability of the risk that the alert is about. Amounts in different currencies are not converted.",
    ),
    "amount_at_risk": Term("Amount at risk", "The amounts of all deals at risk, per currency; nothing is converted."),
    "points": Term(
        "points",
        "The scale on which reasons add up (log-odds). 0 points are 50 %, +1 is about 73 %, +2 about 88 %, -1 about "
        "27 %, -2 about 12 %. The lines add up to the sum exactly: nothing is left out.",
    ),
    "prequential": Term(
        "How good are these numbers?",
        "Each prediction is judged when its outcome is known, before the model learns from it. The figure is the share "
        "of the error (log loss) saved compared with always saying the usual rate: 0 % is no better, 100 % is perfect.",
    ),
    "feeds": Term(
        "Feeds",
        "A silent buyer and a silent feed are different things. While a feed is stale or has a gap, alerts about "
        "silence of its deals are held back.",
    ),
    "closing": Term(
        "When it will close",
        "How long deals stay in each stage and how they leave it, learned from all stays, also from those that go on; "
        "the stays ahead are added up over all ways through the stages. It knows the stage and the days in it only: "
        "where contacts tell more, the slip probability says it. The date to propose is the one by which half of such "
        "deals that are won are won.",
    ),
    "history": Term(
        "How the chances went",
        "What the models said once a day, from 0 to 100 %; days on which little moved are left out, and more of them "
        "the longer they are past. Beneath stands what happened, with the signs of the timeline. What lies between two "
        "points is named, but no share of the move is given to it: the models also learn every night, and time passes.",
    ),
    "play": Term("What to do", "The play recommended for this situation, and what shows that it worked."),
    "running": Term(
        "A play that runs",
        "Not every play comes with an alert: a hold, or a buyer who is not ready, calls for one, and presses nobody. "
        "A step is done when the stream sees it: write, call, or change the deal as it says.",
    ),
}

FEEDS: dict[str, Term] = {
    "fresh": Term("fresh", "The feed reports regularly; its silence is the buyer's."),
    "unmonitored": Term("unmonitored", "The feed sends no heartbeats; its silence is taken as the buyer's."),
    "stale": Term("stale", "No heartbeat for more than six hours; alerts about silence are held back."),
    "gap": Term("gap", "Events are known to be missing; alerts about silence are held back until a day after the gap."),
}

#: Why an alert was not useful, as somebody says it who is asked.
NO_USE_BUTTONS: dict[str, str] = {
    "known": "I knew it",
    "wrong": "It is not so",
    "no_action": "Nothing can be done",
    "repeated": "It was said already",
    "other": "Another reason",
}

TRANSITIONS: dict[str, str] = {
    "opened": "opened",
    "escalated": "got worse",
    "de_escalated": "got milder",
    "changed": "changed",
    "acknowledged": "acknowledged",
    "snoozed": "snoozed",
    "assigned": "assigned",
    "resolved": "resolved",
    "reopened": "opened again",
}

#: Event kinds as a person says them; `{}` takes the event's detail where there is one.
_EVENTS: dict[str, tuple[str, str]] = {
    "created": ("Deal opened", "deal"),
    "stage_changed": ("Stage: {}", "deal"),
    "close_date_changed": ("Close date: {}", "deal"),
    "amount_changed": ("Amount: {}", "deal"),
    "forecast_category_changed": ("Forecast category: {}", "deal"),
    "next_step_changed": ("Next step: {}", "deal"),
    "owner_changed": ("New owner: {}", "deal"),
    "won": ("Won", "deal"),
    "lost": ("Lost: {}", "deal"),
    "reopened": ("Reopened", "deal"),
    "merged_into": ("Merged into {}", "deal"),
    "split": ("Split off from {}", "deal"),
    "deleted": ("Deleted", "deal"),
    "restored": ("Restored", "deal"),
    "email_sent": ("We wrote", "seller"),
    "email_received": ("The buyer wrote", "buyer"),
    "email_bounced": ("Our mail bounced", "machine"),
    "email_auto_replied": ("Automatic reply", "machine"),
    "call_logged": ("Call", "both"),
    "meeting_scheduled": ("Meeting planned", "seller"),
    "meeting_rescheduled": ("Meeting moved", "seller"),
    "meeting_held": ("Meeting held", "both"),
    "meeting_cancelled": ("Meeting cancelled", "machine"),
    "meeting_no_show": ("The buyer did not come to the meeting", "machine"),
    "proposal_sent": ("Proposal sent", "seller"),
    "proposal_viewed": ("The buyer opened the proposal", "buyer"),
    "proposal_signed": ("The buyer signed", "buyer"),
    "marketing_touched": ("Marketing: {}", "machine"),
    "contact_added": ("A contact joined: {}", "buyer"),
    "contact_removed": ("A contact was removed", "buyer"),
    "contact_left": ("A contact left the company", "buyer"),
    "hold_set": ("On hold: {}", "deal"),
    "hold_cleared": ("Hold ended", "deal"),
    "readiness_changed": ("Buyer's readiness: {}", "deal"),
}


def rule_term(rule: str) -> Term:
    """A rule in words; one that this version does not know is called by its name."""
    return RULES.get(rule) or Term(spelled(rule), "A rule of a newer version.")


def target_word(target: str) -> str:
    """A target in one word."""
    return TARGETS[target].word if target in TARGETS else spelled(target)


def word_heading(word: str) -> str:
    """What a kind of word is called before what was said."""
    return _WORDS.get(word, word.replace("_", " "))


def event_words(kind: str, detail: str = "") -> str:
    """An event as a person says it."""
    before, has_place, _ = _EVENTS.get(kind, (spelled(kind) + ": {}", ""))[0].partition("{}")
    if detail and has_place:
        return before + (_day(detail) if kind == "close_date_changed" else detail.replace("_", " "))
    return before.rstrip(": ")


def event_side(kind: str) -> str:
    """Who acted: buyer, seller, both, machine, or deal for an edit of the deal itself."""
    return _EVENTS.get(kind, ("", "deal"))[1]


def spelled(name: str) -> str:
    """A name from the contract as words: `best_case` -> `Best case`."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _day(text: str) -> str:
    """A close date, which a source may say as a date or as an instant, as a calendar day."""
    try:
        told = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{told.day} {told:%b %Y}"
