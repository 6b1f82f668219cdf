"""The small signs that recur on all pages: severities, probabilities, times, terms with their explanation."""

from __future__ import annotations

from urllib.parse import quote

from streams.state.opportunity import Opportunity
from streams.web import numbers
from streams.web.markup import Child, Html, el, join
from streams.web.vocabulary import TARGETS, TERMS, Term, spelled, target_word

#: A probability this far from the base rate, in odds, is marked as worse than usual.
_CLEARLY = 2.0


def deal_url(opportunity: str) -> str:
    """The address of a deal's page; whatever its id holds is one segment of the path."""
    return f"/deals/{quote(opportunity, safe='')}"


def deal_name(name: str, opportunity: str) -> str:
    """What a deal is called: its name, or its id where it has none."""
    return name or opportunity


def severity_chip(severity: str) -> Html:
    """How severe, as a word with a colour; never a colour alone."""
    if not severity:
        return el("span", "no alert", class_="chip none")
    return el("span", spelled(severity), class_=f"chip {severity}")


def when(at: int, text: str) -> Html:
    """A time in words, exact for machines and on hovering."""
    return el("time", text, datetime=numbers.iso(at), title=numbers.moment(at))


def explained(key: str, term: Term, *children: Child) -> Html:
    """A word with its explanation behind it: a button, so that a keyboard and a finger reach it as well as a mouse.

    A page must show one explanation per key only, since the key is the id.
    """
    name = f"about-{key}"
    return join(
        el("button", *(children or (term.word,)), type="button", class_="term", popovertarget=name),
        el("span", el("b", term.word), " ", term.meaning, class_="about", id=name, popover=True, role="note"),
    )


def term(key: str, *children: Child) -> Html:
    """One of the page's own terms, explained."""
    return explained(key, TERMS[key], *children)


def target_heading(target: str, base_rate: float | None) -> Html:
    """The name of a target, explained, with how often it comes true."""
    usual = None if base_rate is None else el("span", f"usual {numbers.percent(base_rate)}", class_="sub")
    return join(explained(target, TARGETS[target]), usual)


def is_worse(target: str, probability: float, base_rate: float) -> bool:
    """Whether a probability is clearly worse for the deal than the base rate."""
    if not 0.0 < base_rate < 1.0:
        return False
    odds = probability / max(1.0 - probability, 1e-9)
    usual = base_rate / (1.0 - base_rate)
    return odds * _CLEARLY <= usual if target == "win" else odds >= usual * _CLEARLY


def gauge(target: str, probability: float, base_rate: float) -> Html:
    """A probability as a line with a tick at the base rate. The numbers stand beside it, so it is hidden from readers.

    Widths are attributes of SVG shapes, because the content security policy allows no inline style.
    """
    fill = "fill worse" if is_worse(target, probability, base_rate) else "fill"
    return el(
        "svg",
        el("rect", class_="track", width="100%", height="4", y="2", rx="2"),
        el("rect", class_=fill, width=f"{probability * 100:.1f}%", height="4", y="2", rx="2"),
        el("rect", class_="tick", x=f"{base_rate * 100:.1f}%", width="2", height="8"),
        class_="gauge",
        height="8",
        aria_hidden="true",
    )


def probability(target: str, value: float, base_rate: float | None) -> Html:
    """A probability beside its base rate; both say what they are to whoever cannot see the column."""
    return join(
        el("span", numbers.percent(value), class_="share"),
        None if base_rate is None else gauge(target, value, base_rate),
        None if base_rate is None else el("span", f"usual {numbers.percent(base_rate)}", class_="sub"),
        el("span", f" {target_word(target)}", class_="unseen"),
    )


def account_and_owner(facts: Opportunity) -> str:
    """Whose deal it is: the account, where the name does not say it already, and the owner."""
    parts = [facts.account if facts.account not in facts.name else "", facts.owner]
    return " · ".join(part for part in parts if part)
