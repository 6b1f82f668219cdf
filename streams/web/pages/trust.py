"""How far the page can be trusted: how good the models were so far, and which feeds report."""

from __future__ import annotations

from collections.abc import Sequence

from streams.web import numbers
from streams.web.figures import FeedFigure, ModelQuality
from streams.web.markup import Html, el, join
from streams.web.pages.marks import term, when
from streams.web.vocabulary import FEEDS, target_word


def quality(models: Sequence[ModelQuality]) -> Html:
    """How well each target was predicted, against always saying the base rate."""
    heading = el("h2", term("prequential"))
    if not models:
        return join(heading, el("p", "No models yet: they appear with the first day of events.", class_="empty"))
    lines = [el("div", el("dt", target_word(each.target)), el("dd", gain(each), _cases(each))) for each in models]
    more = el("p", el("a", "What they have learned", href="/models"), class_="more")
    return join(heading, el("dl", *lines, class_="lines"), more)


def gain(model: ModelQuality) -> Html:
    """How much better than the usual rate a target is predicted."""
    if model.gain is None:
        return el("span", "the same outcome every time so far" if model.judged else "not judged yet")
    if not round(model.gain * 100):
        return el("span", "no better than the usual rate")
    better = "better than the usual rate" if model.gain >= 0 else "worse than the usual rate"
    return el("span", el("b", numbers.change(model.gain)), f" {better}", class_="good" if model.gain > 0 else "warning")


def _cases(model: ModelQuality) -> Html | None:
    if model.pinned:
        return el("span", "pinned: what is learned since is not said", class_="sub")
    if not model.judged:
        return None
    if model.gain is None:
        return el("span", f"{numbers.count(model.judged)} judged: nothing to tell apart yet", class_="sub")
    losses = f"log loss {model.log_loss:.3f} against {model.base_log_loss:.3f}"
    return el("span", f"{numbers.count(model.judged)} judged, {losses}", class_="sub")


def feeds(found: Sequence[FeedFigure]) -> Html:
    """Every monitored feed, and since when it is as it is."""
    heading = el("h2", term("feeds"))
    if not found:
        return join(
            heading, el("p", "No feed sends heartbeats, so its silence is taken as the buyer's.", class_="empty")
        )
    lines = [el("div", el("dt", each.source), el("dd", _feed_status(each), _feed_since(each))) for each in found]
    return join(heading, el("dl", *lines, class_="lines"))


def _feed_status(each: FeedFigure) -> Html:
    return el("span", FEEDS[each.status].word, class_=f"chip feed-{each.status}", title=FEEDS[each.status].meaning)


def _feed_since(each: FeedFigure) -> Html | None:
    if each.status == "gap" and each.gap_since is not None:
        return el("span", "events missing since ", when(each.gap_since, numbers.moment(each.gap_since)), class_="sub")
    if each.heartbeat_at is None:
        return None
    return el("span", "last heartbeat ", when(each.heartbeat_at, numbers.moment(each.heartbeat_at)), class_="sub")
