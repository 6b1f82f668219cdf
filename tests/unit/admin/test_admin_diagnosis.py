"""What the doctor says of rules, floods, messages and predictions: what is wrong, where, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from models.snapshot import ModelSet, Notice, Pin, Quality
from streams.admin.diagnosis_alerts import Opened, Told, deadlines, flood, messages, rules
from streams.admin.diagnosis_models import predictions
from streams.admin.notifications import Waiting
from streams.alerts.registry import BY_NAME
from streams.alerts.ruleset import AS_DECLARED, read_rules
from tests.builders import some_models

HOUR = 3_600_000
NOW = 1_000 * HOUR
#: When the first alert was said, where it is known what is usual.
LONG_AGO = NOW - 7 * 24 * HOUR
GOOD = Quality(cases=5_000, log_loss=0.4, brier=0.1, base_log_loss=0.5, roc_auc=0.8, ece=0.02)
OFF = {"rule": {name: {"on": False} for name in BY_NAME}}


def told(path: Path | None) -> Told:
    """Look at a rules file, or at none."""
    return Told(path, None, delivers=False, groups={})


def file(folder: Path, text: str) -> Path:
    """A rules file."""
    path = folder / "rules.toml"
    path.write_text(text)
    return path


def test_a_rules_file_that_cannot_be_used_fails_with_its_fault(tmp_path: Path) -> None:
    """And what to do: nothing has changed yet."""
    check = rules(told(file(tmp_path, "[rule.silnt]\non = false\n")), {0: AS_DECLARED})
    assert check.verdict == "fail" and "did you mean silent?" in check.found and "mend the file" in check.todo


def test_rules_that_are_all_off_are_said_where_they_are(tmp_path: Path) -> None:
    """In the partitions, which is what counts, whatever the file says by now."""
    off = read_rules(OFF)
    check = rules(told(None), {0: off, 1: AS_DECLARED, 2: off, 3: off})
    assert check.verdict == "warn" and "all 22 rules are off in partitions 0, 2, 3" in check.found
    some = rules(told(file(tmp_path, "[rule.silent]\non = false\n")), {})
    assert some.verdict == "ok" and some.found.endswith("off: silent")


def test_a_file_that_partitions_do_not_go_by_is_said(tmp_path: Path) -> None:
    """A worker with another file is found here; where this machine has none, nothing is compared."""
    held = dict.fromkeys(range(3), AS_DECLARED)
    check = rules(told(file(tmp_path, "[rule.silent]\nfactor = 3.0\n")), held)
    assert check.verdict == "warn" and "is not what partitions 0 to 2 go by" in check.found
    assert rules(told(None), {0: read_rules({"rule": {"silent": {"factor": 3.0}}})}).verdict == "ok"


def test_a_partition_that_nobody_tells_the_time_is_named_with_its_delay() -> None:
    """One minute is usual between two announcements; history that is read is nobody's delay."""
    minute = HOUR // 60
    now = {0: NOW, 1: NOW - minute, 2: NOW - 2 * minute}
    assert deadlines(now, NOW, 1).verdict == "ok"
    check = deadlines({**now, 3: NOW - 12 * minute}, NOW, 1)
    assert check.verdict == "warn" and check.found == "nobody told partition 3 the time for up to 12 minutes"
    assert deadlines(dict.fromkeys(range(4), NOW - 72 * HOUR), NOW, 1).verdict == deadlines({}, NOW, 0).verdict == "ok"


def test_deadlines_that_nobody_keeps_are_a_failure_whatever_the_time() -> None:
    """A minute after the last worker has ended every partition still seems to know the time."""
    check = deadlines({0: NOW, 1: NOW}, NOW, 0)
    assert check.verdict == "fail" and check.found == "nobody keeps them: no time passes in partitions 0 to 1"
    assert deadlines({0: NOW - 72 * HOUR}, NOW, 0).verdict == "fail"


def test_a_partition_that_is_ahead_of_the_clock_is_named() -> None:
    """Some minutes are none: clocks differ."""
    check = deadlines({0: NOW, 1: NOW + 2 * HOUR}, NOW, 1)
    assert check.verdict == "warn" and "partition 1 up to 120 minutes ahead of the clock" in check.found
    assert deadlines({0: NOW, 1: NOW + HOUR // 2}, NOW, 1).verdict == "ok"


def test_a_flood_is_more_than_fifty_and_ten_times_the_usual() -> None:
    """By what opened in the last hour in the time of events: history that is replayed now is none."""
    burst = [Opened("silent", NOW - 1)] * 40 + [Opened("slipping", NOW - 2)] * 20
    check = flood(burst, LONG_AGO, NOW)
    assert check.verdict == "warn" and "60 alerts opened within an hour, 40 of them by silent" in check.found
    assert flood(burst[:50], LONG_AGO, NOW).verdict == "ok"
    usual = [Opened("silent", NOW - hour * HOUR) for hour in range(1, 11) for _ in range(7)]
    assert flood([*usual, *burst], LONG_AGO, NOW).verdict == "ok"
    assert flood([each._replace(at=each.at - 90 * HOUR) for each in burst], LONG_AGO, NOW).verdict == "ok"


@pytest.mark.parametrize("first", [None, NOW - 1, LONG_AGO + 1])
def test_a_busy_hour_of_the_first_week_is_no_flood(first: int | None) -> None:
    """There is nothing yet to compare it with, which is said beside how many opened."""
    check = flood([Opened("silent", NOW - 1)] * 600, first, NOW)
    assert check.verdict == "ok"
    assert check.found == (
        "600 alerts opened within an hour; how many are usual is not known before the first week is over"
    )


def waiting(status: str, reason: str = "", channel: str = "chat") -> Waiting:
    """A message that has reached nobody."""
    return Waiting(status, "dn-1", "rep-1", channel, "critical: Deal 1", 0, None, 3 if reason else 0, reason, "")


AT_WORK = {"allot": 1, "send": 1}


def test_messages_that_cannot_be_sent_are_said_by_channel_and_reason() -> None:
    """Those that wait for their turn are nothing to look at."""
    assert messages(AT_WORK, 0, [waiting("queued", "digest"), waiting("sending")]).verdict == "ok"
    check = messages(AT_WORK, 0, [waiting("sending", "http_503"), waiting("sending", "http_503"), waiting("refused")])
    assert check.verdict == "warn" and "2 for chat (http_503)" in check.found and "notify test" in check.todo
    buried = messages(AT_WORK, 0, [waiting("refused", "http_404")])
    assert buried.verdict == "warn" and "notify retry" in buried.todo


@pytest.mark.parametrize(("behind", "verdict"), [(0, "warn"), (7, "fail")])
def test_nobody_who_sends_is_worse_where_something_waits(behind: int, verdict: str) -> None:
    """The role is named."""
    check = messages({"allot": 1, "send": 0}, behind, [])
    assert check.verdict == verdict and check.found.startswith("nobody works in send")
    assert check.todo == "start one with `dealwatch worker --role send`"
    assert messages({"allot": 0, "send": 1}, behind, []).todo.endswith("`dealwatch worker --role allot`")
    assert messages({"allot": 0, "send": 0}, behind, []).todo.endswith("`dealwatch worker --role notify`")


def said(quality: Quality = GOOD, trained: int = 5_000, pin: Pin | None = None, *notices: Notice) -> ModelSet:
    """Models of day 100, of which those for win are so; the others were not judged."""
    models = some_models(cases=trained)
    win = replace(models.targets["win"], quality=quality, pin=pin)
    return replace(models, epoch=100, targets={**models.targets, "win": win}, notices=notices)


def test_predictions_are_doubted_as_the_alerts_doubt_them() -> None:
    """Worse than the usual rate, or off by more than a tenth, of more than a thousand cases."""
    assert predictions([said()]).verdict == "ok"
    worse = predictions([said(replace(GOOD, log_loss=0.6))])
    assert worse.verdict == "warn" and worse.found == "win: worse than always saying the usual rate"
    assert "models rollback" in worse.todo
    assert predictions([said(replace(GOOD, ece=0.2))]).found == "win: does not come true as often as it says"
    assert predictions([said(replace(GOOD, log_loss=0.6), trained=1_000)]).verdict == "ok"
    assert predictions([]).verdict == predictions([None]).verdict == "ok"


def test_what_changed_with_the_last_day_is_said_with_the_day() -> None:
    """A challenger that was dropped is no change."""
    drift = Notice("win", "drift", "loss went from 0.1 to 0.3", "win-100", "win-99")
    check = predictions([said(GOOD, 5_000, None, drift)])
    assert check.verdict == "warn" and check.found == "win: changed on 1970-04-10"
    assert predictions([said(GOOD, 5_000, None, replace(drift, kind="dropped"))]).verdict == "ok"


def test_a_pin_is_worth_a_word_after_two_weeks() -> None:
    """With who holds it, and why."""
    assert predictions([said(GOOD, 5_000, Pin(87, "ann", "quarter's end"))]).verdict == "ok"
    check = predictions([said(GOOD, 5_000, Pin(86, "ann", "quarter's end"))])
    assert check.verdict == "warn" and check.found == "win: pinned 14 days ago by ann (quarter's end)"
    assert "models resume" in check.todo
