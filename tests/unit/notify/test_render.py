"""Words of messages: templates can run nothing, events can dress up nothing, what is missing is said."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from streams.notify.delivery import for_alert
from streams.notify.render import TEMPLATES, Format, Renderer, TemplateWrong
from tests.unit.notify.said import MONDAY, a_notice

OWN = {name: files("streams.notify").joinpath("templates", name).read_text("utf-8") for name in TEMPLATES}


def body(template: str, form: Format = "txt", **changes: Any) -> str:
    """An alert in the words of a template."""
    renderer = Renderer({**OWN, f"alert.{form}": template}, "https://deals.example.org/")
    return renderer.render(for_alert(a_notice(**changes), "x", MONDAY, None), form).body


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ title.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ reasons.append('x') }}",
        "{{ nothing_of_that_name }}",
        "{% include '/etc/passwd' %}",
        "{{ 9 ** 9 ** 9 if false else 1 / 0 }}",
    ],
)
def test_a_template_that_reaches_for_more_than_words_is_refused(template: str) -> None:
    """The sandbox says no, with the template's name."""
    with pytest.raises((TemplateWrong, ZeroDivisionError), match=r"alert\.txt|division"):
        body(template)


def test_what_comes_in_events_is_text_in_every_form() -> None:
    """No tag in HTML, no mention and no dressed-up link in Markdown, no control character anywhere."""
    evil = "<b>x</b> <@U1> <!here> @everyone [a](http://evil) \x1b[31m\x00"
    assert "<b>" not in body("{{ name }}", "html", name=evil)
    tamed = body("{{ name }}", "md", name=evil)
    assert not any(part in tamed for part in ("<", "](", "@everyone", "\x1b", "\x00"))
    assert "\x1b" not in body("{{ name }}", "txt", name=evil)


def test_a_title_is_one_line_and_not_endless() -> None:
    """It becomes a mail's subject."""
    message = Renderer(OWN).render(for_alert(a_notice(name="a\nBcc: x@y.org\n" + "z" * 500), "x", MONDAY, None), "html")
    assert "\n" not in message.title and len(message.title) <= 200


def test_a_resolution_says_how_it_ended_and_gives_no_advice() -> None:
    """What was to be done is not any more."""
    notice = a_notice(status="resolved", transition="resolved", resolution="the buyer made contact", play="Re-engage")
    message = Renderer(OWN).render(for_alert(notice, "x", MONDAY, None), "md")
    assert message.ended and message.title.startswith("Resolved:")
    assert "the buyer made contact" in message.body and "Re-engage" not in message.body
