"""What the thread of the program of revenue does, without Kafka: rounds of answers over many open deals, and a lock."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter, process_time

import msgspec

from streams.bench.firm import ANSWERS, a_company, tell
from streams.bench.job import Job, Result, Rounds
from streams.bench.meter import Meter
from streams.bench.usage import peak_of
from streams.revenue.answers import Answer, ForecastTold, encode_answer, key_of
from streams.revenue.company import Unit
from streams.revenue.practice import Practice
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller

_MINUTE = 60_000


def run(job: Job, meter: Meter) -> Result:
    """Have a company of `job.events` open deals, make answers, and leave those of a later round in a file."""
    standing = Standing(a_company(), Practice())
    events = 0
    for told in tell(standing, job.events):
        events += told
        if meter.handled < job.events:
            meter.tick()
    assert standing.moves  # put in order once, as a start does
    teller = Teller(standing)
    first, first_s, _ = _timed(teller)
    # Some things are looked through once a day and are not told again on the same one.
    kept = {key_of(each): each for each in first}
    standing.pass_time(standing.clock + _MINUTE)
    later, later_s, later_cpu_s = _timed(teller)
    kept |= {key_of(each): each for each in later}
    began = perf_counter()
    teller.lock()
    lock_s = perf_counter() - began
    records = [(key, encode_answer(each)) for key, each in kept.items()]
    Path(job.folder, ANSWERS).write_bytes(msgspec.msgpack.encode(records))
    meter.say(
        Rounds(
            deals=len(standing.book),
            events=events,
            open_deals=_open_deals(later),
            answers=len(kept),
            first_s=first_s,
            later_s=later_s,
            later_cpu_s=later_cpu_s,
            lock_s=lock_s,
            peak=peak_of(os.getpid()),
        )
    )
    return Result(_open_deals(later))


def _timed(teller: Teller) -> tuple[list[Answer], float, float]:
    began, cpu = perf_counter(), process_time()
    found = list(teller.tell())
    return found, perf_counter() - began, process_time() - cpu


def _open_deals(answers: list[Answer]) -> int:
    """What the company's forecast says; 0 where there is none."""
    return max((each.open for each in answers if isinstance(each, ForecastTold) and each.unit == Unit()), default=0)
