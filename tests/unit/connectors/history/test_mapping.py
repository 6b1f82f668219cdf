"""Rows to events: each rule of a mapping does what the documentation says, and each row has one outcome."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streams.connectors.errors import LogUnreadable
from streams.connectors.history.mapping import Draft, Drafter, LeftOut, ended, started, tell
from streams.connectors.history.parse import parse
from streams.connectors.history.plan import plan
from streams.events.contract import encode
from streams.events.decode import decode
from streams.events.envelope import Event

HEADER = ("deal", "at", "what", "more", "rep")
TOP = 'source = "/crm"\n[columns]\nopportunity = "deal"\ntime = "at"\nactor = "rep"\n'
STAGE = '[[rule]]\nwhen = { what = "stage" }\nevent = "stage_changed"\ndata = { stage = { column = "more" } }\n'


def outcomes(mapping: str, *rows: str, top: str = TOP) -> list[Event | LeftOut]:
    """Return what becomes of rows written `deal at what more rep`, `_` for an empty cell: as read, then by time."""
    ready = plan(parse(top + mapping, "m.toml"), HEADER)
    drafter = Drafter(ready)
    results: list[Event | LeftOut] = []
    drafts: list[Draft] = []
    for number, row in enumerate(rows, start=1):
        cells = [cell.replace("_", "") for cell in row.split(" ")]
        cells += [""] * (len(HEADER) - len(cells))
        draft = drafter.draft(number, cells)
        if isinstance(draft, LeftOut):
            results.append(draft)
        else:
            drafts.append(draft)
    return results + list(tell(drafts, ready))


def said(results: list[Event | LeftOut]) -> list[str]:
    """Return each outcome in a word: the event's kind and row, or the reason."""
    return [each.reason if isinstance(each, LeftOut) else f"{each.kind} {int(each.id[-9:])}" for each in results]


def only(results: list[Event | LeftOut]) -> Any:
    """Return the one event there is."""
    [event] = results
    assert isinstance(event, Event), event
    return event


def rule(when: str, *lines: str) -> str:
    """Return a rule with a condition on `what`."""
    return "\n".join(["[[rule]]", f"when = {{ what = {when} }}", *lines]) + "\n"


AT = "2025-02-03T09:00:00+01:00"


def test_an_event_says_where_it_is_from_who_did_it_and_when() -> None:
    """Source, subject, actor and time come from the mapping's top and columns; the id names deal and row."""
    event = only(outcomes(STAGE, f"D {AT} stage Offer ana"))

    assert (event.source, event.subject, event.actor, event.id) == ("/crm", "D", "ana", "D-000000001")
    assert event.time.isoformat() == AT
    assert event.data.stage == "Offer"


def test_the_event_is_the_one_that_its_bytes_decode_to() -> None:
    """What is mapped can be read again by the contract's own door."""
    event = only(outcomes(STAGE, f"D {AT} stage Offer ana"))

    assert decode(encode(event), b"D", event.at) == event


def test_ids_sort_in_the_order_of_the_rows() -> None:
    """Events of a deal at the same time are told apart by id, hence by row."""
    events = outcomes(STAGE, *(f"D {AT} stage S{number}" for number in range(12)))

    ids = [each.id for each in events if isinstance(each, Event)]
    assert ids == sorted(ids)
    assert [each.data.stage for each in events] == [f"S{number}" for number in range(12)]  # type: ignore[union-attr]


def test_rows_are_told_in_the_order_of_time() -> None:
    """A log may be in any order; offsets are taken into account."""
    rows = ("D 2025-02-03T09:00:00+01:00 stage b", "D 2025-02-03T08:30:00+01:00 stage a", "D 2025-02-03T08:45Z stage c")

    assert said(outcomes(STAGE, *rows)) == ["stage_changed 2", "stage_changed 1", "stage_changed 3"]


def test_the_first_rule_that_holds_decides() -> None:
    """Later rules are not asked."""
    mapping = rule('"x"', 'leave_out = "first"') + rule('"x"', 'leave_out = "second"')

    assert said(outcomes(mapping, f"D {AT} x")) == ["first"]


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ('"W_x"', ["W_x"]),
        ('["W_x", "A"]', ["W_x", "A"]),
        ('{ prefix = "W_" }', ["W_x", "W_y"]),
        ("{ regex = 'W_[a-x]' }", ["W_x"]),
        ("{ regex = 'W' }", []),
        ("{ regex = '(?i)w_.' }", ["W_x", "W_y"]),
        ('{ prefix = "W_", regex = ".*y" }', ["W_y"]),
        ("{ empty = true }", [""]),
        ("{ empty = false }", ["W_x", "W_y", "A"]),
    ],
)
def test_a_condition_holds_for_the_texts_it_describes(when: str, held: list[str]) -> None:
    """Equality, one of a list, a prefix, a pattern for the whole cell, emptiness."""
    texts = ["W_x", "W_y", "A", ""]
    ready = plan(parse(TOP + rule(when, 'leave_out = "held"'), "m.toml"), HEADER)
    drafter = Drafter(ready)

    results = [drafter.draft(number, ("D", AT, text, "", "")) for number, text in enumerate(texts, start=1)]

    assert [text for text, each in zip(texts, results, strict=True) if each == LeftOut("held")] == held


def test_all_conditions_of_a_rule_must_hold() -> None:
    """Two columns are asked together."""
    mapping = '[[rule]]\nwhen = { what = "x", more = "y" }\nleave_out = "both"\n'

    assert said(outcomes(mapping, f"D {AT} x y", f"D {AT} x z")) == ["both", "no rule: what=x, more=z"]


def test_once_takes_the_first_by_time_and_names_the_others() -> None:
    """Of several rows that tell the same, the earliest counts, for each deal of its own."""
    mapping = rule('["a", "b"]', 'event = "won"', 'once = "opportunity"')
    rows = ("D 2025-02-04T00:00Z a", "D 2025-02-03T00:00Z b", "E 2025-02-05T00:00Z a")

    assert said(outcomes(mapping, *rows)) == ["won 2", "repeated won", "won 3"]


def test_rules_of_one_group_share_their_first_row() -> None:
    """Whichever of them comes first takes it."""
    shared = ('once = "opportunity"', 'once_group = "end"')
    mapping = rule('"a"', 'event = "won"', *shared) + rule('"b"', 'event = "lost"', *shared)

    rows = ("D 2025-02-04T00:00Z a", "D 2025-02-03T00:00Z b")
    assert said(outcomes(mapping, *rows)) == ["lost 2", "repeated won"]


def test_rules_without_a_group_do_not_share() -> None:
    """Two rules that are each for once leave each other alone."""
    mapping = rule('"a"', 'event = "won"', 'once = "opportunity"') + rule(
        '"b"', 'event = "won"', 'once = "opportunity"'
    )

    assert said(outcomes(mapping, f"D {AT} a", f"D {AT} b")) == ["won 1", "won 2"]


def test_repeats_may_go_on_to_the_next_rule() -> None:
    """The first stage of a deal can be its creation, and the later ones changes."""
    mapping = rule('"stage"', 'event = "created"', 'once = "opportunity"', 'repeats = "next_rule"') + STAGE

    assert said(outcomes(mapping, f"D {AT} stage a", f"D {AT} stage b")) == ["created 1", "stage_changed 2"]


def test_repeats_that_meet_no_further_rule_are_repeats() -> None:
    """There is always a reason."""
    mapping = rule('"stage"', 'event = "created"', 'once = "opportunity"', 'repeats = "next_rule"')

    assert said(outcomes(mapping, f"D {AT} stage a", f"D {AT} stage b")) == ["created 1", "repeated created"]


CALLS = (
    '[pairs.call]\nsame = ["more"]\nlongest_hours = 10\n'
    + rule('"begin"', 'start_of = "call"')
    + rule('"end"', 'event = "call_logged"', 'duration_from = "call"')
)


def durations(*rows: str) -> list[str | int]:
    """Return, in the order of time, the seconds of each call or the reason."""
    results: list[Any] = outcomes(CALLS, *rows)
    return [each.reason if isinstance(each, LeftOut) else each.data.duration_seconds for each in results]


GIVES, NO_END = "start of call (gives its duration)", "start of call (no end follows)"


def test_a_call_lasts_from_its_start_to_its_end() -> None:
    """The start row gives the duration in whole seconds and is no event."""
    assert durations("D 2025-02-03T09:00:00Z begin x", "D 2025-02-03T09:02:00.9Z end x") == [GIVES, 120]


def test_starts_and_ends_are_paired_whatever_their_order_in_the_file() -> None:
    """Time decides which start lies before an end."""
    assert durations("D 2025-02-03T09:02Z end x", "D 2025-02-03T09:00Z begin x") == [GIVES, 120]


def test_a_start_belongs_to_the_same_deal_and_cells() -> None:
    """The start of another deal or activity gives no duration."""
    rows = ("E 2025-02-03T09:00Z begin x", "D 2025-02-03T09:01Z begin y", "D 2025-02-03T09:02Z end x")

    assert durations(*rows) == [NO_END, NO_END, 0]


def test_an_end_takes_the_last_start_and_each_start_serves_one_end() -> None:
    """An end without a start of its own is a call without a duration."""
    rows = (
        "D 2025-02-03T09:00Z begin x",
        "D 2025-02-03T09:01Z begin x",
        "D 2025-02-03T09:02Z end x",
        "D 2025-02-03T09:03Z end x",
    )

    assert durations(*rows) == [NO_END, GIVES, 60, 0]


def test_a_start_too_long_ago_is_not_this_end_s() -> None:
    """Somebody forgot to end a call; ten hours is the limit here."""
    assert durations("D 2025-02-03T09:00Z begin x", "D 2025-02-03T19:00:01Z end x") == [NO_END, 0]
    assert durations("D 2025-02-03T09:00Z begin x", "D 2025-02-03T19:00:00Z end x") == [GIVES, 36_000]


def test_a_start_in_the_same_row_gives_the_duration() -> None:
    """A log with two times a row needs no pairs; an end before its start is refused."""
    mapping = rule('"call"', 'event = "call_logged"', 'duration_since = "more"')
    rows = (
        "D 2025-02-03T09:02Z call 2025-02-03T09:00Z",
        "D 2025-02-03T09:03Z call _",
        "D 2025-02-03T09:04Z call 2025-02-03T09:05Z",
        "D 2025-02-03T09:05Z call soon",
    )

    first, second, third, fourth = outcomes(mapping, *rows)
    assert first.data.duration_seconds == 120  # type: ignore[union-attr]
    assert second.data.duration_seconds == 0  # type: ignore[union-attr]
    assert said([third]) == ["call_logged: invalid_value: Expected `int` >= 0 - at `$.data.duration_seconds`"]
    assert said([fourth]) == ["call_logged: the start of its duration is unreadable"]


def test_a_planned_close_is_whole_days_of_24_hours_after_the_row() -> None:
    """The instant is exact also where the clock changes between: the offset stays that of the creation."""
    mapping = rule('"new"', 'event = "created"', "close_after_days = 30")
    top = TOP + '[time]\ntimezone = "Europe/Amsterdam"\n'

    event = only(outcomes(mapping, "D 2011-10-20T12:00 new", top=top))

    assert event.time.isoformat() == "2011-10-20T12:00:00+02:00"
    assert event.data.close_at.isoformat() == "2011-11-19T12:00:00+02:00"
    assert event.data.close_at - event.time == timedelta(days=30)


def test_values_come_from_columns_constants_and_tables() -> None:
    """A field is a constant, a cell, or a cell translated."""
    mapping = rule(
        '"stage"',
        'event = "stage_changed"',
        'side = "seller"',
        'origin = "automation"',
        'actor = { column = "rep", prefix = "rep:" }',
        'data = { stage = {column = "more"}, position = { column = "more", values = { Offer = 3 } }, previous = "-" }',
    )

    event = only(outcomes(mapping, f"D {AT} stage Offer ana"))

    assert (event.side, event.origin, event.actor) == ("seller", "automation", "rep:ana")
    assert (event.data.stage, event.data.position, event.data.previous) == ("Offer", 3, "-")


def test_a_text_outside_of_its_table_leaves_the_row_out_unless_otherwise_is_given() -> None:
    """No value is made up where the mapping gives none."""
    strict = rule('"won"', 'event = "won"', 'data = { currency = { column = "more", values = { Euro = "EUR" } } }')
    lenient = strict.replace("values", 'otherwise = "USD", values')

    assert said(outcomes(strict, f"D {AT} won Dollar")) == ["won: currency is not among its values"]
    assert only(outcomes(lenient, f"D {AT} won Dollar")).data.currency == "USD"
    assert only(outcomes(lenient, f"D {AT} won _")).data.currency == "USD"
    assert only(outcomes(strict, f"D {AT} won _")).data.currency is None


def test_contacts_are_split_only_where_the_mapping_says_so() -> None:
    """Several contacts may share a cell."""
    mapping = rule('"mail"', 'event = "email_received"', 'data = { contacts = { column = "more" } }')

    assert only(outcomes(mapping, f"D {AT} mail a;b")).data.contacts == ("a;b",)
    split = mapping.replace('"more"', '"more", split = ";"')
    assert only(outcomes(split, f"D {AT} mail a;;b;")).data.contacts == ("a", "b")


def test_an_empty_cell_sets_no_field() -> None:
    """An actor or an amount that is not given is not given."""
    mapping = rule('"won"', 'event = "won"', 'data = { amount = { column = "more" } }')

    event = only(outcomes(mapping, f"D {AT} won _ _"))

    assert event.actor == ""
    assert event.data.amount is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"_ {AT} stage x", "no opportunity id"),
        (f"{'D' * 191} {AT} stage x", "opportunity id is longer than 190 characters"),
        (f"~D {AT} stage x", "opportunity id starts with '~' (set a prefix in columns.opportunity)"),
        ("D _ stage x", "no time"),
        ("D yesterday stage x", "unreadable time: it is not written as iso"),
        (
            "D 2025-02-03T09:00 stage x",
            "unreadable time: it has no UTC offset (name the time zone in time.timezone)",
        ),
        ("D 1989-12-31T23:59:59Z stage x", "time is before 1990"),
        ("D 2100-01-01T00:00:00Z stage x", "time is after 2099"),
        ("D 0001-01-01T00:00:00+14:00 stage x", "time is before 1990"),
        (f"D {AT} stage x y z", "wrong number of cells"),
        (f"D {AT} other x", "no rule: what=other"),
        (f"D {AT} stage _", "stage_changed: missing_field: Object missing required field `stage` - at `$.data`"),
        (f"D {AT} stage x {'r' * 201}", "stage_changed: invalid_value: Expected `str` of length <= 200 - at `$.actor`"),
    ],
)
def test_a_row_that_is_no_event_says_why(row: str, reason: str) -> None:
    """No row breaks a conversion, and none is lost without a reason."""
    assert said(outcomes(STAGE, row)) == [reason]


def test_rows_outside_of_the_wanted_period_are_left_out() -> None:
    """Both ends belong to the period."""
    top = TOP + "[time]\nnot_before = 2025-02-03T00:00:00Z\nnot_after = 2025-02-04T00:00:00Z\n"
    rows = [
        f"D {at} stage x" for at in ("2025-02-02T23:59Z", "2025-02-04T00:01Z", "2025-02-03T00:00Z", "2025-02-04T00:00Z")
    ]

    expected = ["before time.not_before", "after time.not_after", "stage_changed 3", "stage_changed 4"]
    assert said(outcomes(STAGE, *rows, top=top)) == expected


def test_free_text_does_not_make_a_reason_of_every_row() -> None:
    """After 500 different texts the rest is counted together."""
    reasons = said(outcomes(STAGE, *(f"D {AT} note{number}" for number in range(600))))

    assert len(set(reasons)) == 501
    assert reasons.count("no rule: other texts") == 100


def test_a_quoted_text_is_cut() -> None:
    """A reason is a line, not a letter."""
    assert said(outcomes(STAGE, f"D {AT} {'x' * 999}")) == ["no rule: what=" + "x" * 60]


def test_a_prefix_makes_an_opportunity_id_one_s_own() -> None:
    """Two logs with the same numbers can be told apart."""
    top = TOP.replace('opportunity = "deal"', 'opportunity = { column = "deal", prefix = "loan-" }')

    assert only(outcomes(STAGE, f"~1 {AT} stage x", top=top)).subject == "loan-~1"


def test_the_period_is_that_of_all_rows_with_a_time() -> None:
    """Where a log ends is known from its last row, event or not."""
    drafter = Drafter(plan(parse(TOP + STAGE, "m.toml"), HEADER))
    for number, (at, what) in enumerate([("2025-02-03", "stage"), ("2025-02-01", "x"), ("2025-02-05", "x")], start=1):
        drafter.draft(number, ("D", f"{at}T00:00Z", what, "x", ""))

    assert drafter.first_time == datetime(2025, 2, 1, tzinfo=UTC)
    assert drafter.last_time == datetime(2025, 2, 5, tzinfo=UTC)


def test_the_history_s_own_events_carry_the_horizon_and_the_count() -> None:
    """A reader needs no other file to know by what the deals are judged, and whether all has arrived."""
    ready = plan(parse(TOP + "[targets]\ninactivity_horizon_days = 7\n" + STAGE, "m.toml"), HEADER)
    at = datetime(2025, 2, 3, tzinfo=UTC)

    assert started(ready, at).data.inactivity_horizon_days == 7
    assert ended(ready, at, 12).data.events == 12
    for event in (started(ready, at), ended(ready, at, 12)):
        assert decode(encode(event), None, event.at) == event


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            ("deal", "at", "what", "rep"),
            "has no column 'more', which the mapping names; it has: deal, at, what, rep; correct",
        ),
        (("deal", "at", "what", "more", "rep", "at"), "has 2 columns 'at'"),
        (("deal;at;what;more;rep",), "has no column 'deal'.* is file.delimiter = ',' right?"),
    ],
)
def test_a_header_without_the_columns_is_an_error(header: tuple[str, ...], message: str) -> None:
    """A mapping for another file is noticed before a row is read."""
    with pytest.raises(LogUnreadable, match=message):
        plan(parse(TOP + STAGE, "m.toml"), header)
