"""What to do: one play per situation, versioned like code. The situation decides, not only the rule that spoke."""

from __future__ import annotations

from msgspec import Struct

from streams.state.opportunity import Opportunity


class Play(Struct, frozen=True):
    """Advice to the owner: what to do, in order, and what shows that it worked."""

    id: str
    version: int
    title: str
    steps: tuple[str, ...]
    success: str


RE_ENGAGE = Play(
    "re_engage",
    1,
    "Re-engage the buyer",
    ("Call instead of writing again", "Ask one closed question about their date", "Offer two times for a short talk"),
    "the buyer answers or meets",
)
OTHER_CHANNEL = Play(
    "other_channel",
    1,
    "Change channel and contact",
    ("Stop repeating the last message", "Reach a second contact by phone", "If still silent, send a break-up note"),
    "any sign from the buyer",
)
MULTI_THREAD = Play(
    "multi_thread",
    1,
    "Multi-thread: one contact is too few",
    ("Ask your contact for two introductions", "Map who decides, who pays, who uses", "Meet one of them this week"),
    "three people of the buyer engaged",
)
STAY_CLOSE = Play(
    "stay_close",
    1,
    "Stay close until the budget comes",
    (
        "Put the budget date into the calendar",
        "One light touch a month, no pressure",
        "Move the close date once, past it",
    ),
    "contact within 5 business days of the budget date",
)
NURTURE = Play(
    "nurture",
    1,
    "Nurture: the buyer is not ready",
    ("Lower the forecast category", "Share one useful thing a month", "Agree on what would make it urgent"),
    "a new two-way meeting",
)
FIX_CLOSE_DATE = Play(
    "fix_close_date",
    1,
    "Fix the close date",
    ("Ask the buyer for their own date", "Set it, or close the deal as lost", "Write down what has to happen before"),
    "a close date in the future that the buyer named",
)
REQUALIFY = Play(
    "requalify",
    1,
    "Requalify before the next push",
    (
        "Find the compelling event, or admit there is none",
        "Write a mutual plan with dates",
        "Drop the category if they balk",
    ),
    "the next milestone is met on time",
)
CLOSE_PLAN = Play(
    "close_plan",
    1,
    "Work back from the close date",
    (
        "List what is left until signature, with dates",
        "Agree on it with the buyer",
        "Bring in legal and purchasing now",
    ),
    "the next step of the plan is done on time",
)
STAGE_REVIEW = Play(
    "stage_review",
    1,
    "Review what keeps the deal in its stage",
    (
        "Check the stage's exit criteria one by one",
        "Ask the buyer what they still need",
        "Move it back if it is not there",
    ),
    "the stage changes",
)
NEXT_STEP = Play(
    "book_next_step",
    1,
    "Book the next step",
    ("Propose a date within 14 days", "Name what both sides bring", "Put it into both calendars"),
    "a meeting is planned",
)

REPLY_NOW = Play(
    "reply_now",
    1,
    "Reply now: the buyer waits for you",
    (
        "Answer today, if only to say when",
        "Call where it takes more than two lines",
        "Agree on a date",
    ),
    "the buyer has an answer within the day",
)
INTRODUCE_OWNER = Play(
    "introduce_owner",
    1,
    "Introduce the new owner",
    (
        "Let the former owner introduce you to every contact",
        "Read the timeline before you write",
        "Meet within 5 business days, and confirm what was agreed",
    ),
    "a two-way contact with the new owner",
)
SCOPE_CHECK = Play(
    "scope_check",
    1,
    "Check the scope: the amount is falling",
    (
        "Ask what fell away, and who decided it",
        "Offer a smaller first step instead of a lower price",
        "Set the amount once, with the buyer's own number",
    ),
    "the amount stays as it is for 14 days",
)
INSPECT_COMMIT = Play(
    "inspect_commit",
    1,
    "Inspect the commit",
    (
        "Let the owner name the buyer's next act, and its date",
        "Hear it from the buyer, not from the CRM",
        "Lower the category where nothing supports it",
    ),
    "the category changes, or the evidence does",
)
REBOOK_MEETING = Play(
    "rebook_meeting",
    1,
    "Rebook the meeting",
    ("Call and offer two times this week", "Ask what came between", "Make it shorter, or invite somebody else"),
    "a new date in both calendars",
)

PLAYS = (
    RE_ENGAGE,
    OTHER_CHANNEL,
    MULTI_THREAD,
    STAY_CLOSE,
    NURTURE,
    FIX_CLOSE_DATE,
    REQUALIFY,
    CLOSE_PLAN,
    STAGE_REVIEW,
    NEXT_STEP,
    REPLY_NOW,
    INTRODUCE_OWNER,
    SCOPE_CHECK,
    INSPECT_COMMIT,
    REBOOK_MEETING,
)

#: What the buyer asks for comes before what the deal's situation would have one do.
_AT_ONCE = (REPLY_NOW, INTRODUCE_OWNER)
#: Unanswered messages after which one more of the same is no play.
_ENOUGH = 2


def recommend(usual: Play | None, facts: Opportunity) -> Play:
    """Choose the play for a deal; `usual` is that of the rule that speaks, none where only the situation decides."""
    if usual in _AT_ONCE:
        return usual
    if facts.hold_reason == "budget":
        return STAY_CLOSE
    if facts.readiness == "not_ready":
        return NURTURE
    if usual is not None:
        return usual
    if len(facts.people) == 1 or (facts.people_left and not facts.people):
        return MULTI_THREAD
    return OTHER_CHANNEL if facts.unanswered >= _ENOUGH else RE_ENGAGE
