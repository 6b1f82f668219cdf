"""The form that asks for the token: plain HTML, which works without a script."""

from __future__ import annotations

from streams.web.assets import Assets
from streams.web.markup import Html, document, el
from streams.web.pages.frame import head


def form(assets: Assets, wanted: str, problem: str = "") -> str:
    """Ask for the token, and go on to `wanted`; `problem` says what was wrong with the last one."""
    said = el("p", problem, id="problem", class_="problem", role="alert") if problem else None
    asks = el(
        "form",
        el("label", "Token", for_="token"),
        el(
            "input",
            id="token",
            name="token",
            type="password",
            autocomplete="current-password",
            required=True,
            autofocus=True,
            aria_describedby="problem" if problem else None,
        ),
        el("input", type="hidden", name="next", value=wanted),
        el("button", "Sign in", type="submit"),
        method="post",
        action="/login",
    )
    hint = el("p", "Whoever runs Dealwatch has it: the setting web_token says where.", class_="soft")
    return _page(assets, "Sign in · Dealwatch", el("h1", "Dealwatch"), said, asks, hint)


def signed_in(assets: Assets) -> str:
    """Say so, with the way on and the way out."""
    out = el("form", el("button", "Sign out", type="submit"), method="post", action="/logout")
    on = el("p", el("a", "To the deals", href="/"))
    return _page(assets, "Signed in · Dealwatch", el("h1", "You are signed in"), on, out)


def on_the_way(address: str) -> str:
    """A page that goes on by itself, so that the browser comes from here and not from another site."""
    return document(
        el(
            "html",
            el(
                "head",
                el("meta", charset="utf-8"),
                el("meta", http_equiv="refresh", content=f"0; url={address}"),
                el("title", "Dealwatch"),
            ),
            el("body", el("p", el("a", "Go on", href=address))),
            lang="en",
        )
    )


def _page(assets: Assets, title: str, *content: Html | None) -> str:
    return document(
        el(
            "html",
            head(assets, title),
            el("body", el("main", *content, id="content"), data_kind="login"),
            lang="en",
        )
    )
