"""The part `revenue` without Kafka: the invented company is as large as it says, and whoever answers is checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from streams.bench.beside import ALONE, WITH, Beside
from streams.bench.bout import ContenderFailed
from streams.bench.contenders import answering, catching_up, viewing
from streams.bench.figures import Score
from streams.bench.firm import ANSWERS, REGIONS, REPS, TEAMS, a_company, tell
from streams.bench.job import Asked, Job, Rounds, Said
from streams.bench.meter import Meter
from streams.bench.pipeline import log_records
from streams.bench.plan import Plan, Silence, quick_plan
from streams.bench.revenue import RevenueFigures, View, Without
from streams.bench.targets import revenue_targets
from streams.replay.sight import Sight
from streams.revenue.answers import ForecastTold, decode_answer
from streams.revenue.company import Unit
from streams.revenue.standing import Standing

DEALS = 60


def a_job(folder: Path, contender: str, events: int, source: str = "") -> Job:
    """A run without Kafka."""
    return Job(
        part="revenue",
        contender=contender,
        broker="",
        prefix="x.",
        source=source,
        folder=str(folder),
        partitions=4,
        events=events,
        limit_s=600.0,
    )


def a_meter(job: Job) -> tuple[Meter, list[Said]]:
    """A meter, and what is said through it."""
    said: list[Said] = []
    return Meter(job.events, job.limit_s, said.append), said


def test_the_company_has_as_many_open_deals_as_are_wanted_and_as_many_that_ended() -> None:
    """Of all its reps' teams and regions, told the same each time."""
    one, other = Standing(a_company()), Standing(a_company())
    events = list(tell(one, DEALS))
    assert list(tell(other, DEALS)) == events
    assert one.book.moves == other.book.moves
    assert len(events) == len(one.book) == 2 * DEALS
    assert len(one.facts) == DEALS
    ended = {move.after.status for move in one.moves if not move.after.is_open}
    assert ended == {"won", "lost"}
    assert all(at.at < one.clock for at in one.moves)
    company = one.company
    assert (len(company.teams), len({*company.teams.values()}), len(company.parts(Unit()))) == (REPS, TEAMS, REGIONS)


def test_answers_are_made_over_all_open_deals_and_the_page_shows_them(tmp_path: Path) -> None:
    """The company's forecast counts each of them, at the program and on the page."""
    job = a_job(tmp_path, "answering", DEALS)
    meter, said = a_meter(job)
    assert answering.run(job, meter).counted == DEALS
    [told] = [each for each in said if isinstance(each, Rounds)]
    assert (told.deals, told.open_deals) == (2 * DEALS, DEALS)
    records = msgspec.msgpack.decode((tmp_path / ANSWERS).read_bytes(), type=list[tuple[bytes, bytes]])
    assert len(records) == told.answers == len(dict(records))
    whole = [each for _, value in records if isinstance(each := decode_answer(value), ForecastTold)]
    assert {each.open for each in whole if each.unit == Unit()} == {DEALS}

    job = a_job(tmp_path, "viewing", 2 * len(viewing.PATHS), str(tmp_path / ANSWERS))
    meter, said = a_meter(job)
    assert viewing.run(job, meter).counted == DEALS
    asked = [each for each in said if isinstance(each, Asked)]
    assert [each.path for each in asked] == list(viewing.PATHS)
    assert all(len(each.cold_ms) == len(each.warm_ms) == 2 and min(each.cold_ms) > 0 for each in asked)


def test_a_view_that_fails_is_no_fast_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not answered in order stops the run."""
    job = a_job(tmp_path, "answering", 5)
    answering.run(job, a_meter(job)[0])
    monkeypatch.setattr(viewing, "PATHS", ("/revenue/nowhere",))
    job = a_job(tmp_path, "viewing", 1, str(tmp_path / ANSWERS))
    with pytest.raises(RuntimeError, match="/revenue/nowhere was answered with 404"):
        viewing.run(job, a_meter(job)[0])


def a_plan(folder: Path) -> Plan:
    """The plan of `--quick`."""
    return quick_plan(broker="", folder=folder)


def test_a_start_takes_in_the_whole_log(tmp_path: Path) -> None:
    """As many deals are open then as one reader of the same log sees."""
    log = list(log_records(a_plan(tmp_path)))
    source = tmp_path / "log.bin"
    source.write_bytes(msgspec.msgpack.encode(log))
    job = a_job(tmp_path, "catching_up", len(log), str(source))
    meter, _ = a_meter(job)
    seen = _open_deals(log)
    assert catching_up.run(job, meter).counted == seen > 0
    assert meter.handled == len(log)


def _open_deals(log: Iterable[object]) -> int:
    sights: dict[int, Sight] = {}
    for record in log:
        sights.setdefault(record.partition, Sight()).take(record)  # type: ignore[attr-defined, arg-type]
    return sum(facts.is_open and not facts.is_lead for each in sights.values() for facts in each.deals)


def test_answers_over_other_deals_than_there_are_are_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves deals out is not fast but wrong."""
    without = Without(a_plan(tmp_path), "x.", Silence())
    told, answers = without.answer(5)
    assert told.open_deals == 5
    assert [each.open_deals for each in without.view(answers, 5)] == [5] * len(viewing.PATHS)
    with pytest.raises(ContenderFailed, match="sees 5 open deals of 6"):
        without.view(answers, 6)


def found(alone: float | None, beside: float | None, worst: float) -> RevenueFigures:
    """What a run found."""
    worker = {
        name: Score(failed="ended") if rate is None else Score(events_per_second=rate)
        for name, rate in ((ALONE, alone), (WITH, beside))
    }
    views = [
        View(path=path, open_deals=9, cold_ms=1.0, cold_worst_ms=ms, warm_ms=1.0, warm_worst_ms=1.0)
        for path, ms in (("/a", worst), ("/b", 2.0))
    ]
    return RevenueFigures(beside=Beside(worker=worker), catching_up=Score(), rounds=[], views=views)


def test_the_worker_is_judged_by_what_it_keeps_and_the_page_by_its_slowest_view() -> None:
    """A worker that did not come through says nothing."""
    kept, slowest = revenue_targets(found(200.0, 180.0, 150.0))
    assert (kept.figure, kept.reached) == (0.9, True)
    assert (slowest.figure, slowest.reached) == (150.0, True)
    kept, slowest = revenue_targets(found(200.0, 160.0, 250.0))
    assert (kept.reached, slowest.reached) == (False, False)
    assert [each.reached for each in revenue_targets(found(None, 160.0, 1.0))] == [None, True]
    assert revenue_targets(None) == []
