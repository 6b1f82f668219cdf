"""The reference of the plays that come with the product, as Markdown: the second half of `docs/plays.md`."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import asdict

from streams.config.plays import shipped
from streams.plays.definition import PlayDefinition


def reference() -> str:
    """Return the reference, the most specific play first."""
    lines = ["| play | situation | for | cool-down | withheld |", "|---|---|---|---|---|"]
    lines += [
        f"| [`{it.id}`](#{it.id}) | {it.situation} | {it.who} | {it.cool_down_days} days | {it.holdout:.0%} |"
        for it in shipped().plays
    ]
    for play in shipped().plays:
        lines += _play(play)
    return "\n".join(lines) + "\n"


def called_for(play: PlayDefinition) -> str:
    """What calls for a play, in words."""
    trigger = play.trigger
    waited = f"{trigger.after_business_days} business days"
    calls = {
        "alert": ", ".join(trigger.rules) or "any alert",
        "hold": f"a hold ({', '.join(trigger.hold)})",
        "not_ready": "a buyer who is not ready",
        "unattended": f"an alert at {trigger.severity} to which nobody turned for {waited}",
    }
    return calls[trigger.on]


def conditions(play: PlayDefinition) -> list[str]:
    """What else must hold, as its file says it."""
    said = {name: value for name, value in asdict(play.trigger).items() if name not in ("on", "rules", "hold")}
    unsaid = {"severity": "info", "after_business_days": 0}
    return [
        f"{name} = {str(value).lower()}"
        for name, value in said.items()
        if value is not None and value != unsaid.get(name) and play.trigger.on != "unattended"
    ]


def _play(play: PlayDefinition) -> Iterator[str]:
    yield from ("", f"### {play.id}", "", f"**{play.title}.** {play.situation}.", "")
    where = "".join(f", `{each}`" for each in conditions(play))
    yield f"- Called for by {called_for(play)}{where}; priority {play.priority}"
    yield f"- For the {play.who}; followed by {', '.join(play.followed_by)}"
    since = "after the hold" if play.success.resumed is not None else "after the start"
    yield f"- Worked when {play.success.text}; failed {play.success.within_business_days} business days {since}"
    if play.touch_every_days is not None:
        yield f"- A light touch every {play.touch_every_days} days, quiet otherwise"
    yield ""
    for number, step in enumerate(play.steps, start=1):
        who = f", the {step.who}" if step.who not in (None, play.who) else ""
        yield f"{number}. {step.text} (business day {step.due}{who})"
