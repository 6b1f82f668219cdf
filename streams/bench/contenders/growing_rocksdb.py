"""Our worker with many open deals and its states in RocksDB; a second start in the same folder finds them there."""

from streams.bench.contenders.growing import grow
from streams.bench.job import Job
from streams.bench.meter import Meter


def run(job: Job, meter: Meter) -> None:
    """Work until a signal comes."""
    grow(job, meter, "rocksdb")
