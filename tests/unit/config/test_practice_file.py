"""The practice file: what it says becomes the practice; what is wrong in it is named, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.config.practice import practice_of, read_practice
from streams.config.settings import load
from streams.config.toml import read_toml
from streams.errors import PracticeWrong
from streams.revenue.practice import Practice

RULES = """
[team.north]
owners = ["ann", "bob"]
[team.south]
owners = ["cyd"]
"""
FILE = """
ladder = ["a", "b"]
country = "DE-BY"
call_weekday = "Friday"
executives = ["VP", "Board"]
uncontested = []

[milestones]
b = ["proposal"]

[managers]
north = ["lea"]
"""


def read(text: str) -> Practice:
    """The practice of a file, in a world of two teams."""
    return read_practice(read_toml(text), ("north", "south"))


def test_a_file_says_how_the_company_means_to_sell(tmp_path: Path) -> None:
    """What it leaves out is as it is without a file; seniorities are compared in small letters, days are named."""
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "practice.toml").write_text(FILE)
    found = practice_of(load(practice=str(tmp_path / "practice.toml"), rules=str(tmp_path / "rules.toml")))
    assert (found.ladder, found.country, found.call_weekday, found.call_hour) == (("a", "b"), "DE-BY", 4, 9)
    assert (found.executives, found.uncontested) == (("vp", "board"), ())
    assert (found.wanted("b"), found.wanted("a")) == (("proposal",), Practice().usual)
    assert found.managers == {"north": ("lea",)}
    assert (found.touch_days, found.answer_hours, found.alert_hours) == (10, 8.0, 16.0)


def test_without_a_file_nothing_is_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the usual name is read where it lies; an empty one declares nothing."""
    monkeypatch.chdir(tmp_path)
    assert practice_of(load()) == Practice()
    Path("practice.toml").write_text("touch_days = 5")
    assert practice_of(load()).touch_days == 5
    assert read("") == Practice()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("tuch_days = 3", "tuch_days: is not known; did you mean touch_days?"),
        ("zzz = 3", "zzz: is not known; there are ladder, milestones"),
        ("ladder = 3", 'ladder: must be a list of names, as ["one", "two"]'),
        ("ladder = []", "ladder: must be a list of names"),
        ('ladder = ["a"]', "ladder: must have two stages at least, lowest first"),
        ('ladder = ["a", "a"]', "ladder: 'a' is listed twice"),
        ('ladder = ["a", 3]', "ladder: 3 is no name"),
        ('ladder = ["a", " "]', "ladder: ' ' is no name"),
        ('usual = ["contct"]', "usual: 'contct' is no milestone; did you mean contact?"),
        ("usual = [[]]", "usual: [] is no milestone; there are contact, amount"),
        ('usual = "contact"', "usual: must be a list of milestones; there are contact"),
        ("milestones = 3", "milestones: must be a table, as [milestones] with NAME = ["),
        ("milestones.b = 3", "milestones.b: must be a list of milestones"),
        ('milestones.b = ["hope"]', "milestones.b: 'hope' is no milestone"),
        ('ladder = ["offer", "won"]\nmilestones.ofer = []', "milestones.ofer: is no stage of the ladder; did you mean"),
        ("managers = 3", "managers: must be a table, as [managers] with NAME = ["),
        ('managers.nort = ["lea"]', "managers.nort: is no team of the rules file; did you mean north?"),
        ("managers.north = []", "managers.north: must be a list of names"),
        ('country = "Germany"', "country: 'Germany' is not known; use one like NL or DE-BY"),
        ("country = 49", "country: 49 is not known"),
        ("touch_days = 0", "touch_days: 0 must be a whole number from 1 to 90"),
        ("touch_days = 9.5", "touch_days: 9.5 must be a whole number"),
        ("touch_days = true", "touch_days: True must be a whole number"),
        ("answer_hours = 0", "answer_hours: 0 must be hours, above 0 and up to 200"),
        ("alert_hours = nan", "alert_hours: nan must be hours, above 0 and up to 400"),
        ("alert_hours = inf", "alert_hours: inf must be hours"),
        ("call_weekday = 1", "call_weekday: 1 is no day of the week; write it as monday"),
        ('call_weekday = "mondy"', "call_weekday: 'mondy' is no day of the week; did you mean monday?"),
        ("call_hour = 9", "call_hour: says nothing without call_weekday"),
        ('call_weekday = "monday"\ncall_hour = 24', "call_hour: 24 must be a whole number from 0 to 23"),
    ],
)
def test_each_fault_of_a_practice_is_named_with_its_place(text: str, fault: str) -> None:
    """Whatever it is, nothing but `PracticeWrong` comes of it."""
    with pytest.raises(PracticeWrong) as found:
        read(text)
    assert fault in str(found.value)


def test_all_faults_of_a_practice_are_named_at_once_with_the_file(tmp_path: Path) -> None:
    """So that a file is mended in one go; files that cannot be read, or are no TOML, say so."""
    wrong = tmp_path / "ours.toml"
    wrong.write_text('touch_days = 0\nusual = ["hope"]')
    with pytest.raises(PracticeWrong, match=r"ours\.toml: touch_days: .*; usual: .*\[err-practice-wrong\]"):
        practice_of(load(practice=str(wrong)))
    wrong.write_text("ladder =")
    with pytest.raises(PracticeWrong, match=r"ours\.toml: no TOML"):
        practice_of(load(practice=str(wrong)))
    wrong.write_bytes(b"#" * (256 * 1024 + 1))
    with pytest.raises(PracticeWrong, match=r"ours\.toml: 262,145 bytes; at most 262,144 are read"):
        practice_of(load(practice=str(wrong)))
    with pytest.raises(PracticeWrong, match="No such file"):
        practice_of(load(practice=str(tmp_path / "none.toml")))


_RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(Practice.__struct_fields__) | st.text(max_size=5), _RUBBISH, max_size=5))
def test_any_rubbish_is_a_practice_or_wrong(said: dict[str, object]) -> None:
    """Nothing else comes of it, and what is read is within its bounds."""
    try:
        found = read_practice(said, ("north",))
    except PracticeWrong:
        return
    assert 1 <= found.touch_days <= 90 and 0 < found.answer_hours <= 200 and 0 < found.alert_hours <= 400
    assert found.call_weekday is None or 0 <= found.call_weekday <= 6


def test_the_example_of_the_documentation_declares_everything() -> None:
    """Every field of a practice stands in it, and it is read."""
    document = (Path(__file__).parents[3] / "docs/coaching.md").read_text(encoding="utf-8")
    said = read_toml(document.partition("```toml\n")[2].partition("```")[0])
    assert set(said) == set(Practice.__struct_fields__)
    found = read_practice(said, ("north",))
    assert (len(found.ladder), found.call_weekday, found.managers["north"]) == (4, 0, ("lea", "max"))
