"""Plays in files: completed, joined with the rules file, refused with the place of each fault, read while running."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.alerts.registry import BY_NAME
from streams.alerts.ruleset import AS_DECLARED, read_rules
from streams.config.plays import read_folder, shipped
from streams.config.rules import read_rules_file
from streams.errors import PlayWrong, RulesWrong
from streams.plays.read import plain, read_play
from streams.runtime.rulewatch import EVERY_MS, RuleWatch
from tests.builders import a_policy

OWN = """
id = "our_own"
version = 1
title = "Send the references"
situation = "The buyer went quiet late"
priority = 60
followed_by = ["email_sent"]
cool_down_days = 30
holdout = 0.2
[trigger]
rules = ["silent"]
position_at_least = 3
amount_at_least = "50000"
[[steps]]
text = "Send two references"
due = 1
[success]
text = "the buyer answers"
within_business_days = 5
contact = true
"""


def whole(name: str = "re_engage") -> dict[str, object]:
    """A play that comes with the product, as plain data."""
    found = shipped().of(name)
    assert found is not None
    return plain(found)


def changed(**places: object) -> dict[str, object]:
    """The same with other values: `trigger__rules=...` is that of the section `trigger`."""
    said = whole()
    for place, value in places.items():
        section, _, field = place.rpartition("__")
        if section:
            said[section] = {**said[section], field: value}  # type: ignore[dict-item]
        else:
            said[field] = value
    return said


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (changed(trigger__rules=["silnt"]), "trigger.rules: there is no rule 'silnt'; did you mean silent?"),
        (changed(followed_by=["call_loged"]), "followed_by: there is no kind of event 'call_loged'; did you mean"),
        (changed(success__seen=["clock_advanced"]), "success.seen: there is no kind of event 'clock_advanced'"),
        (changed(success__contact=False), "success: names no condition; there are seen, contact"),
        (changed(trigger__on="hold", trigger__rules=[]), "trigger.hold: name the reasons"),
        (changed(trigger__unanswerd=2), "trigger: Object contains unknown field `unanswerd`"),
        (changed(holdout=1.5), "holdout: Expected `float` <= 0.9"),
        (changed(version="1"), "version: Expected `int`, got `str`"),
        (changed(steps=[]), "steps: Expected `array` of length >= 1"),
        (changed(success__within_business_days=2), "steps: the last is due after the run has failed"),
        (changed(success__resumed=5), "success.resumed: is for plays on holds"),
        (changed(touch_every_days=30), "touch_every_days: is for plays on holds"),
        (changed(trigger__after_business_days=3), "trigger.after_business_days: is for plays on unattended alerts"),
    ],
)
def test_a_play_that_cannot_be_used_is_refused_with_the_place(said: dict[str, object], fault: str) -> None:
    """What is wrong, where, and what was probably meant."""
    with pytest.raises(PlayWrong) as refused:
        read_play(said, BY_NAME)
    assert fault in refused.value.args[0]


def test_a_folder_adds_plays_and_puts_others_in_place(tmp_path: Path) -> None:
    """One file a play; what is not said of one that comes with the product is as it has it."""
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "re.toml").write_text('id = "re_engage"\nversion = 2\nholdout = 0.5\n')
    (tmp_path / "off.toml").write_text('id = "nurture"\non = false\n')
    (tmp_path / "notes.txt").write_text("no play")
    rules = read_rules_file(None, tmp_path)
    playbook = rules.policy(a_policy()).playbook
    own, again = playbook.of("our_own"), playbook.of("re_engage")
    assert own is not None
    assert own.trigger.position_at_least == 3
    assert again is not None
    assert (again.version, again.holdout, again.title) == (2, 0.5, "Re-engage the buyer")
    assert playbook.of("nurture") is None
    assert [(each.place, each.value) for each in rules.changes] == [
        ("play.nurture", "off"),
        ("play.our_own", "version 1"),
        ("play.re_engage", "version 2"),
    ]
    assert read_rules(rules.data) == rules


def test_plays_stand_in_the_rules_file_too_and_what_is_as_it_comes_changes_nothing(tmp_path: Path) -> None:
    """The digest of a file that repeats what is shipped is that of no file."""
    path = tmp_path / "rules.toml"
    path.write_text("[play.re_engage]\nversion = 3\npriority = 20\n[play.nurture]\non = false\n")
    assert [each.place for each in read_rules_file(path).changes] == ["play.nurture", "play.re_engage"]
    path.write_text("[play.re_engage]\nversion = 1\n")
    assert read_rules_file(path).digest == AS_DECLARED.digest


def test_every_fault_of_a_folder_is_named_with_its_file(tmp_path: Path) -> None:
    """Another meaning under the same version, no TOML, no id, an id twice, off what is not there, no folder."""
    (tmp_path / "a.toml").write_text('id = "re_engage"\nholdout = 0.5\n')
    (tmp_path / "b.toml").write_text("id = \n")
    (tmp_path / "c.toml").write_text("version = 1\n")
    (tmp_path / "d.toml").write_text(OWN)
    (tmp_path / "e.toml").write_text(OWN)
    (tmp_path / "f.toml").write_text('id = "nothing"\non = false\n')
    with pytest.raises(RulesWrong) as refused:
        read_folder(tmp_path)
    told = refused.value.args[0]
    for fault in ("a.toml: version: 1 is the play's", "b.toml: no TOML", "c.toml: id:", "e.toml: id: 'our_own' is an",
                  "f.toml: nothing is no play"):  # fmt: skip
        assert fault in told
    assert "d.toml" not in told
    with pytest.raises(RulesWrong, match="no such folder"):
        read_folder(tmp_path / "absent")


def test_a_play_in_both_places_is_refused_where_they_differ(tmp_path: Path) -> None:
    """Nobody has to know which of them wins."""
    path, folder = tmp_path / "rules.toml", tmp_path / "plays"
    folder.mkdir()
    (folder / "re.toml").write_text('id = "re_engage"\nversion = 2\nholdout = 0.5\n')
    path.write_text("[play.re_engage]\nversion = 2\nholdout = 0.4\n")
    with pytest.raises(RulesWrong, match=r"play\.re_engage: is in the folder of plays, too"):
        read_rules_file(path, folder)
    path.write_text("[play.re_engage]\nversion = 2\nholdout = 0.5\n[team.emea]\nowners = ['ann']\nmanager = 'eve'\n")
    found = read_rules_file(path, folder)
    assert found.policy(a_policy()).team_of("ann").manager == "eve"


def test_a_worker_that_runs_reads_a_play_that_was_changed_and_keeps_what_it_had_of_a_wrong_one(tmp_path: Path) -> None:
    """A file of the folder is looked at like the rules file."""
    clock, noted = [0], list[bool]()
    watch = RuleWatch("", noted.append, lambda: clock[0], str(tmp_path))
    assert watch.rules == AS_DECLARED
    (tmp_path / "own.toml").write_text(OWN)
    clock[0] += EVERY_MS
    first = watch.rules
    assert first is not None
    assert first.data["play"]["our_own"]["version"] == 1
    (tmp_path / "own.toml").write_text(OWN.replace("version = 1", "version = none"))
    clock[0] += EVERY_MS
    assert watch.rules == first
    (tmp_path / "own.toml").write_text(OWN.replace("version = 1", "version = 2"))
    clock[0] += EVERY_MS
    second = watch.rules
    assert second is not None
    assert second.data["play"]["our_own"]["version"] == 2
    assert noted == [False, False, True, False]
