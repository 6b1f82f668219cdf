"""The document around every page."""

from __future__ import annotations

from streams.web.assets import Assets
from streams.web.markup import Html, document, el


def page(*, title: str, body: Html, as_of: Html, assets: Assets, position: str, kind: str) -> str:
    """A whole document. `position` is where the live stream stood when it was made.

    `kind` is board, deal, models or error.
    """
    return document(
        el(
            "html",
            el(
                "head",
                el("meta", charset="utf-8"),
                el("meta", name="viewport", content="width=device-width, initial-scale=1"),
                el("meta", name="color-scheme", content="light dark"),
                el("title", title),
                el("link", rel="icon", href=assets.url("favicon.svg"), type="image/svg+xml"),
                el("link", rel="stylesheet", href=assets.url("style.css")),
                el("script", type="module", src=assets.url("page.js")),
            ),
            el(
                "body",
                el("a", "Skip to the deals", href="#content", class_="skip"),
                _header(as_of),
                el("main", body, id="content", tabindex="-1"),
                el("dialog", id="panel", aria_labelledby="deal-title"),
                el("div", id="announcer", class_="unseen", aria_live="polite", role="status"),
                data_kind=kind,
                data_position=position,
            ),
            lang="en",
        )
    )


def _header(as_of: Html) -> Html:
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
    return el("header", brand, el("a", "Models", href="/models", class_="to-models"), as_of, state, class_="top")
