"""The process of a contender: `python -m streams.bench.child JOB`. Says what happens on its first output."""

from __future__ import annotations

import os
import sys

import msgspec

from streams.bench.contenders import named
from streams.bench.job import Ended, Job, Said
from streams.bench.meter import Meter


def main(argument: str) -> None:
    """Run the job of the argument. Whatever the libraries print goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)

    def say(what: Said) -> None:
        os.write(own, msgspec.json.encode(what) + b"\n")

    job = msgspec.json.decode(argument, type=Job)
    meter = Meter(job.events, job.limit_s, say)
    result = named(job.part, job.contender).run(job, meter)
    say(Ended(meter.handled, result))


if __name__ == "__main__":
    main(sys.argv[1])
