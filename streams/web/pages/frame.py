"""The document around every page."""

from __future__ import annotations

from streams.web.assets import Assets
from streams.web.markup import Html, document, el
from streams.web.pages.actions import Acting, person

_ONLY_SHOWS = Acting()


def head(assets: Assets, title: str, *more: Html | None) -> Html:
    """The head of every document; `more` is what only some have."""
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("link", rel="icon", href=assets.url("favicon.svg"), type="image/svg+xml"),
        el("link", rel="stylesheet", href=assets.url("style.css")),
        *more,
    )


def page(
    *,
    title: str,
    body: Html,
    as_of: Html,
    assets: Assets,
    position: str,
    kind: str,
    acting: Acting = _ONLY_SHOWS,
    dialogues: Html | None = None,
    has_dashboards: bool = False,
    refresh_s: int = 0,
) -> str:
    """A whole document. `position` is where the live stream stood when it was made.

    `kind` is board, inbox, deal, revenue, models, rules, dashboard or error. `acting` says who acts, where people may,
    and `dialogues` are those that ask for what an action needs to know. Without a script it is asked for anew every
    `refresh_s` seconds, where that is not 0.
    """
    return document(
        el(
            "html",
            head(
                assets,
                title,
                el("link", rel="stylesheet", href=assets.url("revenue.css")) if kind == "revenue" else None,
                el("noscript", el("meta", http_equiv="refresh", content=refresh_s)) if refresh_s else None,
                el("script", type="module", src=assets.url("page.js")),
                el("script", type="module", src=assets.url("acting.js")) if acting.allowed else None,
            ),
            el(
                "body",
                el("a", "Skip to the content", href="#content", class_="skip"),
                _header(as_of, kind, person(acting), has_dashboards=has_dashboards),
                el("main", body, id="content", tabindex="-1"),
                el("dialog", id="panel", aria_labelledby="deal-title"),
                dialogues,
                el("div", id="announcer", class_="unseen", aria_live="polite", role="status"),
                data_kind=kind,
                data_position=position,
            ),
            lang="en",
        )
    )


def _header(as_of: Html, kind: str, who: Html | None, *, has_dashboards: bool) -> Html:
    mark = el(
        "svg",
        el("circle", cx="12", cy="12", r="9"),
        el("path", d="M3 12h4l2.5-5 4 10 2.5-5h5"),
        viewBox="0 0 24 24",
        aria_hidden="true",
    )
    # What it says without a script; with one it follows the connection.
    text = el("span", "no live updates")
    state = el("p", text, id="connection", class_="connection", data_state="none", role="status")
    brand = el("a", mark, "Dealwatch", href="/", class_="brand")
    links = [
        el("a", text, href=address, aria_current="page" if name == kind else None)
        for name, text, address in (
            ("inbox", "Inbox", "/inbox"),
            ("board", "Deals", "/"),
            ("revenue", "Revenue", "/revenue"),
            ("models", "Models", "/models"),
            ("rules", "Rules", "/rules"),
            *([("dashboard", "Dashboards", "/dashboards")] if has_dashboards else []),
        )
    ]
    return el("header", brand, el("nav", *links, class_="ways", aria_label="Pages"), as_of, who, state, class_="top")
