"""The whole conversion: the account balances whatever the log holds, and the same log gives the same bytes."""

import csv
import gzip
import io
from collections import Counter
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.connectors.errors import EventFileUnwritable, LogUnreadable, MappingInvalid
from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import PROGRESS_ROWS, Conversion, convert
from streams.events.control import BackfillEnded, BackfillStarted
from streams.events.decode import decode
from streams.events.envelope import Event, millis

MAPPING = """
source = "/crm"
columns = { opportunity = "deal", time = "at", actor = "rep" }
targets = { inactivity_horizon_days = 7 }
pairs.call.same = []

[[rule]]
when = { what = "new" }
event = "created"
once = "opportunity"
close_after_days = 30
data = { amount = { column = "amount" }, currency = "EUR" }

[[rule]]
when = { what = "won" }
event = "won"
once = "opportunity"
repeats = "next_rule"

[[rule]]
when = { what = "won" }
leave_out = "won twice"

[[rule]]
when = { what = "begin" }
start_of = "call"

[[rule]]
when = { what = "end" }
event = "call_logged"
duration_from = "call"

[[rule]]
when = { what = "work" }
leave_out = "internal work"
"""
HEADER = ["deal", "at", "what", "amount", "rep"]
LATER = 4_102_444_800_000  # 2100-01-01, after every event

TIMES = st.datetimes().map(lambda moment: moment.isoformat() + "Z") | st.sampled_from(
    ["2025-02-03T09:00:00+01:00", "2025-02-03T10:00:00+01:00", "2025-02-03", "", "soon"]
)
ANY = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["D", "E", "", "~F"]) | ANY,
        TIMES,
        st.sampled_from(["new", "won", "begin", "end", "work"]) | ANY,
        st.sampled_from(["100", "1e3", "-1", ""]) | ANY,
        ANY,
    ).map(list)
    | st.lists(ANY, min_size=1, max_size=7),
    max_size=25,
)
PROPERTY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def files(directory: Path, rows: list[list[str]], mapping: str = MAPPING) -> tuple[Path, Path, Path]:
    """Write a log and a mapping; return their paths and one for the output."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    source, toml = directory / "log.csv", directory / "m.toml"
    source.write_bytes(text.getvalue().encode())
    toml.write_text(mapping, encoding="utf-8")
    return source, toml, directory / "events.jsonl"


def events(path: Path) -> list[Event]:
    """Return the events of a file, each of which must decode."""
    found: list[Event] = []
    for line in read_lines(path):
        event = decode(line, None, LATER)
        assert isinstance(event, Event), event
        found.append(event)
    return found


ROW = ["D", "2025-02-03T09:00:00+01:00", "new", "100", "ana"]


@given(rows=ROWS)
@PROPERTY
def test_the_account_balances_whatever_the_log_holds(tmp_path: Path, rows: list[list[str]]) -> None:
    """Every row is one event or left out for one reason, and every event written can be read."""
    source, mapping, output = files(tmp_path, rows)

    conversion = convert(source, mapping, output)

    written = events(output)
    inner = written[1:-1]
    assert conversion.rows_read == len(rows)
    assert conversion.events_written == len(inner)
    assert conversion.rows_left_out == len(rows) - len(inner)
    assert conversion.events_by_kind == Counter(each.kind for each in inner)
    assert conversion.opportunities == len({each.subject for each in inner})
    assert conversion.control_events == len(written) - len(inner)
    assert [each.time for each in written] == sorted(each.time for each in written)
    assert len({each.id for each in written}) == len(written)


@given(rows=ROWS)
@PROPERTY
def test_a_conversion_is_deterministic(tmp_path: Path, rows: list[list[str]]) -> None:
    """The same log gives the same bytes and the same account, compressed too."""
    source, mapping, _output = files(tmp_path, rows)
    first, second = tmp_path / "first.jsonl.gz", tmp_path / "second.jsonl.gz"

    assert convert(source, mapping, first) == convert(source, mapping, second)
    assert first.read_bytes() == second.read_bytes()


@given(rows=ROWS, random=st.randoms(use_true_random=False))
@PROPERTY
def test_the_order_of_the_file_matters_only_to_rows_of_the_same_time(
    tmp_path: Path, rows: list[list[str]], random: Random
) -> None:
    """A log in another order gives the same events, but for the row numbers in their ids."""
    distinct = list({row[1]: row for row in rows if len(row) == len(HEADER)}.values())
    shuffled = list(distinct)
    random.shuffle(shuffled)
    times = set()
    contents = []
    for order in (distinct, shuffled):
        source, mapping, output = files(tmp_path, order)
        convert(source, mapping, output)
        found = events(output)
        times.add(len({each.time for each in found[1:-1]}) == len(found[1:-1]))
        contents.append([msgspec.structs.replace(each, id="_") for each in found])

    if times == {True}:
        assert contents[0] == contents[1]


def test_the_first_and_last_line_say_that_a_history_begins_and_ends(tmp_path: Path) -> None:
    """They carry the horizon and the count, and stand for no row."""
    later = ["D", "2025-02-05T09:00:00+01:00", "work", "", ""]
    source, mapping, output = files(tmp_path, [later, ROW])

    conversion = convert(source, mapping, output)

    first, created, last = events(output)
    assert isinstance(first, BackfillStarted)
    assert first.data.inactivity_horizon_days == 7
    assert (first.time, first.source) == (created.time, "/crm")
    assert isinstance(last, BackfillEnded)
    assert last.data.events == 1
    assert last.time == conversion.last_time
    assert last.at > created.at
    assert conversion.control_events == 2
    assert conversion.inactivity_horizon_days == 7


def test_a_log_without_a_readable_row_gives_an_empty_file_and_an_account(tmp_path: Path) -> None:
    """Nothing is said about the period of a history that has none."""
    source, mapping, output = files(tmp_path, [["", "", "new", "", ""]])

    conversion = convert(source, mapping, output)

    assert output.read_bytes() == b""
    assert conversion.left_out_by_reason == {"no opportunity id": 1}
    assert (conversion.control_events, conversion.first_time, conversion.last_time) == (0, None, None)


def test_the_output_is_compressed_where_its_name_says_so(tmp_path: Path) -> None:
    """The lines are the same either way."""
    source, mapping, output = files(tmp_path, [ROW])
    packed = tmp_path / "events.jsonl.gz"
    convert(source, mapping, output)
    convert(source, mapping, packed)

    assert gzip.decompress(packed.read_bytes()) == output.read_bytes()


def test_reasons_and_kinds_are_counted_with_the_most_frequent_first(tmp_path: Path) -> None:
    """Whoever reads the account sees what matters first."""
    work = ["D", "2025-02-03T09:00:00Z", "work", "", ""]
    source, mapping, output = files(tmp_path, [["", "", "", "", ""], work, work])

    conversion = convert(source, mapping, output)

    assert list(conversion.left_out_by_reason.items()) == [("internal work", 2), ("no opportunity id", 1)]


def test_progress_is_told_in_rows(tmp_path: Path) -> None:
    """The last call has the number of all rows."""
    source, mapping, output = files(tmp_path, [ROW] * (PROGRESS_ROWS + 5))
    told: list[int] = []

    convert(source, mapping, output, told.append)

    assert told == [PROGRESS_ROWS, PROGRESS_ROWS + 5]


def test_an_account_that_does_not_balance_is_refused() -> None:
    """A lost row is a bug of ours, which must not pass for a figure."""
    with pytest.raises(AssertionError):
        Conversion(
            rows_read=3,
            events_written=1,
            rows_left_out=1,
            events_by_kind={"won": 1},
            left_out_by_reason={"no time": 1},
            opportunities=1,
            control_events=2,
            first_time=None,
            last_time=None,
            inactivity_horizon_days=None,
        )


def test_a_mapping_for_another_log_is_an_error_that_names_the_log(tmp_path: Path) -> None:
    """The header is compared before a row is read, and no file appears."""
    source, mapping, output = files(tmp_path, [ROW], MAPPING.replace('"deal"', '"case"'))

    with pytest.raises(LogUnreadable, match=r"log\.csv: the header has no column 'case'"):
        convert(source, mapping, output)

    assert not output.exists()


def test_an_error_in_the_log_leaves_an_earlier_output_alone(tmp_path: Path) -> None:
    """A conversion succeeds as a whole or changes nothing."""
    source, mapping, output = files(tmp_path, [ROW])
    output.write_bytes(b"earlier")
    source.write_bytes(source.read_bytes() + b'"D,')

    with pytest.raises(LogUnreadable, match=r"log\.csv, line 3: a quote is opened"):
        convert(source, mapping, output)

    assert output.read_bytes() == b"earlier"


def test_the_log_is_never_overwritten(tmp_path: Path) -> None:
    """Neither the log nor the mapping can be named as the output."""
    source, mapping, _output = files(tmp_path, [ROW])

    for each in (source, mapping):
        with pytest.raises(EventFileUnwritable, match="is the file that is read"):
            convert(source, mapping, each)


def test_an_error_in_the_mapping_names_its_file(tmp_path: Path) -> None:
    """The mapping is read first."""
    source, mapping, output = files(tmp_path, [ROW], "source = 1")

    with pytest.raises(MappingInvalid, match=r"m\.toml: "):
        convert(source, mapping, output)


def test_calls_get_their_duration_and_starts_are_accounted_for(tmp_path: Path) -> None:
    """A start row is left out with its reason, the end is the call."""
    begin = ["D", "2025-02-03T09:00:00Z", "begin", "", ""]
    end = ["D", "2025-02-03T09:05:00Z", "end", "", "ana"]
    source, mapping, output = files(tmp_path, [begin, end])

    conversion = convert(source, mapping, output)

    _first, call, _last = events(output)
    assert call.data.duration_seconds == 300  # type: ignore[attr-defined]
    assert millis(call.time) == call.at
    assert conversion.left_out_by_reason == {"start of call (gives its duration)": 1}


TABLE = """
source = "/crm"
columns = { opportunity = "deal", time = ["opened", "closed"] }
time = { timezone = "UTC" }

[[rule]]
when = {}
at = "opened"
event = "created"
data = { product = { column = "product" }, amount = { column = "product", values = { "Box" = "99.50" } } }

[[rule]]
when = { how = "Won" }
at = "closed"
event = "won"
data = { amount = { column = "paid" } }

[[rule]]
when = { how = "Lost" }
at = "closed"
event = "lost"
"""


def test_a_table_of_deals_is_read_once_for_each_of_its_times(tmp_path: Path) -> None:
    """Each row is a creation and an end, at their own times; a date that is not there is told by its name."""
    log = tmp_path / "deals.csv"
    log.write_text(
        "deal,product,opened,closed,how,paid\n"
        "A,Box,2025-02-03,2025-03-01,Won,90\n"
        "B,Box,2025-02-02,2025-02-20,Lost,0\n"
        "C,Box,2025-02-04,,Open,\n"
        "D,Box,,,Open,\n",
        encoding="utf-8",
    )
    (tmp_path / "m.toml").write_text(TABLE, encoding="utf-8")

    account = convert(log, tmp_path / "m.toml", tmp_path / "out.jsonl")

    assert (account.rows_read, account.events_written) == (8, 5)
    assert account.left_out_by_reason == {"no closed": 2, "no opened": 1}
    told = [(each.id, each.kind) for each in events(tmp_path / "out.jsonl")][1:-1]
    assert told == [
        ("B-000000003", "created"),
        ("A-000000001", "created"),
        ("C-000000005", "created"),
        ("B-000000004", "lost"),
        ("A-000000002", "won"),
    ]
    created, won = (
        msgspec.to_builtins(each)["data"] for each in (events(tmp_path / "out.jsonl")[place] for place in (2, 5))
    )
    assert created == {"product": "Box", "amount": "99.50"}
    assert won["amount"] == "90"
