"""What a sheet is made of: cells with formulas, and the numbers that are set."""

from __future__ import annotations

from typing import NamedTuple


class Cell(NamedTuple):
    """One number of a plan: under which heading, its name in formulas, unit, formula, and meaning."""

    heading: str
    name: str
    unit: str
    formula: str
    meaning: str


class Set(NamedTuple):
    """A number that is set, here or in the product: not measured, not asked for."""

    name: str
    value: float
    meaning: str


SET: tuple[Set, ...] = (
    Set("partitions_per_worker", 2, "partitions for each worker, so that workers can be doubled; partitions are fixed"),
    Set("least_partitions", 4, "the setting's default"),
    Set("most_partitions", 1_000, "more are refused by the setting and by the chart"),
    Set("useful_cores", 1, "a worker is one Python process: it uses one core, and hardly more"),
    Set("deals_at_work", 2_000, "deals of a partition that stay decoded: the setting's default"),
    Set("memory_fill", 0.75, "how much of its limit a process fills; the rest is for fetches, checkpoints, fragments"),
    Set("start_s", 10, "until a process that is started reads its first state, image and imports included"),
    Set("remembered_days", 400, "for so long a closed deal is remembered"),
    Set("examples_days", 90, "retention of deal.examples and deal.notifications"),
    Set("dirty_share", 0.1, "min.cleanable.dirty.ratio of compacted topics"),
    Set("segment_bytes", 128 * 2**20, "segment.bytes of compacted topics: what is in the last one is not compacted"),
    Set("segment_days", 7, "Kafka's segment.ms: after so long a segment is closed, however small"),
    Set("rocks_partition_bytes", 24 * 2**20, "RocksDB's cache and write buffers, each partition"),
    Set("rocks_room", 2, "disk that RocksDB may take while it compacts, times what it keeps"),
    Set("model_wait_s", 30, "for so long a worker waits for the models of a new day: model_wait_seconds"),
    Set("alerts_per_owner", 6, "messages to an owner a working day: a budget of 5, and a digest"),
    Set("channel_rate", 1, "messages a second of a channel, unless its file says otherwise"),
    Set("answers_rest", 9, "the program of revenue rests so many times as long as a round of answers took"),
    Set("answers_least_s", 5, "and so long at least"),
    Set("single_topics", 16, "topics of one partition"),
    Set("broker_fill", 0.7, "how much of a broker's disk may be full"),
)

#: What `dealwatch bench --only revenue` measured (docs/benchmarks.md, 30 November 2026, an AMD EPYC of two cores): the
#: program of revenue over 10,000 and 100,000 open deals and as many closed ones, some eight events each. Slopes.
APART: tuple[Set, ...] = (
    Set("revenue_base_bytes", 147e6, "the program of revenue without deals, resident"),
    Set("revenue_deal_bytes", 13_645, "each deal that it ever heard of, resident at the most, in its first round"),
    Set("revenue_deal_us", 417, "elapsed: each of them in a round of answers"),
    Set("revenue_first_us", 846, "elapsed: each of them in the first round after a start, and once a day"),
    Set("revenue_event_us", 78.7, "processor time, and elapsed: each event that it takes in"),
)
