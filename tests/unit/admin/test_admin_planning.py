"""Topics beside their plan, and the books of partitions."""

import pytest

from streams.admin.accounting import total
from streams.admin.provision import Finding, TopicReport, Verdict, compare
from streams.state.feeds import Counts


@pytest.mark.parametrize(
    ("name", "expected", "actual", "verdict"),
    [
        ("cleanup.policy", "compact", "compact", "ok"),
        ("cleanup.policy", "compact", "delete", "differs"),
        ("retention.ms", "7776000000", "-1", "larger"),
        ("retention.ms", "-1", "604800000", "differs"),
        ("max.message.bytes", "8388608", "10485760", "larger"),
        ("max.message.bytes", "8388608", "1048588", "differs"),
        ("min.cleanable.dirty.ratio", "0.1", "0.5", "differs"),
    ],
)
def test_more_than_planned_is_no_drift_where_it_is_a_limit(
    name: str, expected: str, actual: str, verdict: Verdict
) -> None:
    """An operator who keeps more, or takes larger records, breaks nothing."""
    assert compare(name, expected, actual).verdict == verdict


def test_drift_is_what_differs_or_is_missing() -> None:
    """What is larger than planned is reported and fine."""
    findings = tuple(Finding(verdict, "1", "2", verdict) for verdict in ("ok", "larger", "differs"))
    assert [each.what for each in TopicReport("t", findings).drifts] == ["differs"]
    assert not TopicReport("t", findings).missing
    assert TopicReport("t", (Finding("topic", "there", "missing", "missing"),)).missing


def test_the_books_of_all_partitions_add_up() -> None:
    """The balance that holds for each partition holds for the sum."""
    books = [Counts(events=5, folded=3, duplicates=1, dead=1), Counts(events=2, folded=2, forgotten=1)]
    assert total(books) == Counts(events=7, folded=5, duplicates=1, dead=1, forgotten=1)
    assert total([]) == Counts()
