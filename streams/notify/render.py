"""A delivery -> the words of its message, by templates that an operator may replace.

Templates are Jinja's, in its sandbox: they see plain values and can call nothing of ours. What came in events is text
wherever it lands: escaped in HTML; in Markdown without what would ping a channel or dress up a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

from streams.notify.delivery import Delivery
from streams.notify.notice import Line, Notice
from streams.printable import CONTROLS, DIRECTIONS
from streams.state.watch import Severity

Format = Literal["txt", "md", "html"]
FORMATS: tuple[Format, ...] = ("txt", "md", "html")
#: Every template there is; an operator's file of the same name replaces one.
TEMPLATES = tuple(f"{what}.{part}" for what in ("alert", "digest") for part in ("title", *FORMATS))
_LONGEST_TITLE = 200
_STEERING = dict.fromkeys((*CONTROLS, *DIRECTIONS, 0x09), " ")


class Message(Struct, frozen=True, kw_only=True):
    """What a channel sends. `topic` is what later messages of the same alert share; `ended`: it is over."""

    id: str
    topic: str
    title: str
    body: str
    format: Format
    severity: Severity
    ended: bool = False
    link: str = ""


class TemplateWrong(ValueError):
    """A template cannot be read, or asks for something that there is not; the message names it and what is wrong."""


class Renderer:
    """Makes messages with one set of templates."""

    def __init__(self, templates: Mapping[str, str], page_url: str = "") -> None:
        """Use `templates` by name (all of `TEMPLATES`); link to the page at `page_url`. Raises `TemplateWrong`."""
        self._page = page_url.rstrip("/")
        loader = DictLoader(dict(templates))
        self._environments = {form: _environment(loader, form) for form in FORMATS}
        for name in TEMPLATES:
            form = name.rpartition(".")[2]
            try:
                self._environments["txt" if form == "title" else form].get_template(name)  # type: ignore[index]  # checked
            except TemplateError as error:
                raise TemplateWrong(f"template {name}: {error}") from error

    def render(self, delivery: Delivery, form: Format) -> Message:
        """Put a delivery into words. Raises `TemplateWrong`."""
        notice = delivery.notice
        what = "digest" if notice is None else "alert"
        values = self._digest(delivery) if notice is None else self._alert(delivery, notice)
        # A title is never HTML: it is a mail's subject, or a chat's first line.
        title = self._fill(f"{what}.title", "md" if form == "md" else "txt", values)
        title = title.replace("\n", " ")[:_LONGEST_TITLE]
        if notice is None:
            values["title"] = title
        return Message(
            id=delivery.id,
            topic=delivery.id if notice is None else notice.id,
            title=title,
            body=self._fill(f"{what}.{form}", form, values),
            format=form,
            severity="info" if notice is None else notice.severity,
            ended=notice is not None and notice.status == "resolved",
            link=self._page if notice is None else self.link(notice.opportunity),
        )

    def link(self, opportunity: str) -> str:
        """The address of a deal's page; empty where no page is known."""
        return f"{self._page}/deals/{quote(opportunity, safe='')}" if self._page else ""

    def _fill(self, name: str, form: Format, values: Mapping[str, object]) -> str:
        try:
            return self._environments[form].get_template(name).render(values).strip()
        except (TemplateError, TypeError, ValueError) as error:
            raise TemplateWrong(f"template {name}: {error}") from error

    def _alert(self, delivery: Delivery, notice: Notice) -> dict[str, object]:
        return {
            "kind": delivery.kind,
            "title": notice.resolution or notice.title if notice.status == "resolved" else notice.title,
            "ended": notice.status == "resolved",
            "name": notice.name or notice.opportunity,
            "account": notice.account,
            "stage": notice.stage,
            "owner": notice.owner,
            "amount": _money(notice.amount, notice.currency),
            "severity": notice.severity,
            "rule": notice.rule,
            "transition": notice.transition,
            "probability": "" if notice.probability is None else f"{notice.probability:.0%}".replace("%", " %"),
            "rank": notice.rank,
            "reasons": notice.reasons,
            "what_if": notice.what_if,
            "play": notice.play,
            "steps": notice.steps,
            "clears_when": notice.clears_when,
            "act_by": delivery.act_by,
            "by": notice.by,
            "note": notice.note,
            "link": self.link(notice.opportunity),
        }

    def _digest(self, delivery: Delivery) -> dict[str, object]:
        def lines(how: str) -> list[dict[str, str]]:
            return [self._line(line) for line in delivery.lines if line.how == how]

        return {
            "day": delivery.day,
            "owner": delivery.owner,
            "sent": delivery.sent,
            "waited": lines("waited"),
            "infos": lines("info"),
            "ended": lines("ended"),
            "omitted": delivery.omitted,
            "page": self._page,
        }

    def _line(self, line: Line) -> dict[str, str]:
        return {
            "name": line.name or line.opportunity,
            "title": line.title,
            "amount": _money(line.amount, line.currency),
            "severity": line.severity,
            "link": self.link(line.opportunity),
        }


def _environment(loader: DictLoader, form: Format) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=form == "html",
        finalize=_tame if form == "md" else _plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _plain(value: object) -> object:
    """Text without control characters."""
    return value.translate(_STEERING) if type(value) is str else value


def _tame(value: object) -> object:
    """Text that no chat takes for a mention, a link's dress or a tag."""
    if type(value) is not str:
        return value
    plain = value.translate(_STEERING)
    return plain.replace("<", "\u2039").replace(">", "\u203a").replace("](", "] (").replace("@", "@\u200b")


def _money(amount: str | None, currency: str) -> str:
    if amount is None:
        return ""
    whole, _, rest = amount.partition(".")
    return f"{int(whole):,}{'.' + rest if rest.strip('0') else ''} {currency}".strip()
