"""Mapping files: what is accepted, and that every error names the key and says what to do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.connectors.errors import MappingInvalid
from streams.connectors.history.parse import parse
from streams.connectors.history.spec import Column, Match

TOP = 'source = "/crm"\n'
COLUMNS = '[columns]\nopportunity = "deal"\ntime = "at"\n'
RULE = '[[rule]]\nwhen = { what = "won" }\nevent = "won"\n'
SHIPPED = Path(__file__).parents[4] / "deploy" / "mappings"


def with_rule(text: str) -> str:
    """Return a mapping whose only rule has these lines."""
    return f"{TOP}{COLUMNS}[[rule]]\n{text}"


def test_the_smallest_mapping_has_a_source_two_columns_and_a_rule() -> None:
    """All other keys have defaults."""
    mapping = parse(TOP + COLUMNS + RULE, "m.toml")

    assert mapping.source == "/crm"
    assert mapping.columns.opportunity == Column(column="deal")
    assert (mapping.file.delimiter, mapping.file.encoding, mapping.time.format) == (",", "utf-8", "iso")
    assert mapping.rule[0].when == {"what": "won"}
    assert mapping.targets.inactivity_horizon_days is None


def test_every_kind_of_condition_and_value_is_typed() -> None:
    """Conditions become matches or texts, values become constants or columns."""
    mapping = parse(
        with_rule(
            'when = { a = ["x", "y"], b = { prefix = "W_" } }\nevent = "stage_changed"\nactor = { column = "rep" }\n'
            'data = { stage = { column = "a", values = { x = "X" } }, position = 3 }'
        ),
        "m.toml",
    )

    rule = mapping.rule[0]
    assert rule.when == {"a": ("x", "y"), "b": Match(prefix="W_")}
    assert rule.actor == Column(column="rep")
    assert rule.data == {"stage": Column(column="a", values={"x": "X"}), "position": 3}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.name)
def test_every_mapping_that_ships_is_valid(path: Path) -> None:
    """What is delivered as an example must work."""
    assert parse(path.read_text(encoding="utf-8"), path.name).rule


CALL = 'when = { a = "x" }\nevent = "call_logged"\n'
WON = 'when = { a = "x" }\nevent = "won"\n'

AT = 'when = {}\nat = "closed_on"\nevent = "won"\n'

ERRORS = {
    "a rule for a time that no row has": (
        'source = "/crm"\ncolumns = { opportunity = "a", time = ["opened_on", "closed"] }\n[[rule]]\n' + AT,
        r"m\.toml: rule 1: at: columns\.time has no 'closed_on'; .*closed",
    ),
    "the same time twice": (
        'source = "/crm"\ncolumns = { opportunity = "a", time = ["on", "on"] }\n' + RULE,
        r"m\.toml: columns\.time: names a column twice; name each once",
    ),
    "not TOML": ("source = \n", r"m\.toml: no TOML: .*line 1.*correct"),
    "no source": (COLUMNS + RULE, r"m\.toml: the key 'source' is missing; add it"),
    "empty source": ('source = ""\n' + COLUMNS + RULE, r"source: .*length >= 1; change"),
    "no rule": (TOP + COLUMNS, r"the key 'rule' is missing"),
    "one rule that is no list": (TOP + "rule = 3\n" + COLUMNS, r"rule: must be a list of tables; write .*\[\[rule\]\]"),
    "rule that is no table": (TOP + "rule = [3]\n" + COLUMNS, r"rule 1: must be a table"),
    "misspelt key": ("sauce = 1\n" + TOP + COLUMNS + RULE, r"unknown key 'sauce'; did you mean 'source'\?"),
    "misspelt key in a table": (
        TOP + COLUMNS + "actr = 'x'\n" + RULE,
        r"columns: unknown key 'actr'; did you mean 'ac",
    ),
    "number for a text": ("source = 3\n" + COLUMNS + RULE, r"source: must be a text in quotes, but is a whole number"),
    "text for a table": ("columns = 'x'\n" + TOP + RULE, r"columns: must be a table"),
    "no time column": (TOP + "[columns]\nopportunity = 'x'\n" + RULE, r"columns: the key 'time' is missing"),
    "opportunity with values": (
        TOP + "[columns]\nopportunity = { column = 'x', split = ';' }\ntime = 'at'\n" + RULE,
        r"columns\.opportunity: takes a column and a prefix only",
    ),
    "long delimiter": (TOP + COLUMNS + "[file]\ndelimiter = ';;'\n" + RULE, r"file\.delimiter: .*length <= 1"),
    "delimiter and quote": (TOP + COLUMNS + "[file]\nquote = ','\n" + RULE, r"file\.delimiter: .*must differ"),
    "decimal and thousands": (TOP + COLUMNS + "[file]\nthousands = '.'\n" + RULE, r"file\.decimal: .*must differ"),
    "unknown encoding": (
        TOP + COLUMNS + "[file]\nencoding = 'ebcdic7'\n" + RULE,
        r"file\.encoding: no such .*try 'utf-8'",
    ),
    "encoding of no text": (TOP + COLUMNS + "[file]\nencoding = 'hex'\n" + RULE, r"file\.encoding: no such"),
    "header twice": (TOP + COLUMNS + "[file]\nheader = ['a', 'a']\n" + RULE, r"file\.header: names a column twice"),
    "unknown zone": (
        TOP + COLUMNS + "[time]\ntimezone = 'Mars'\n" + RULE,
        r"time\.timezone: no such time zone as 'Mars'",
    ),
    "zone outside": (TOP + COLUMNS + "[time]\ntimezone = '../etc'\n" + RULE, r"time\.timezone: no such time zone"),
    "unknown format": (
        TOP + COLUMNS + "[time]\nformat = 'ISO'\n" + RULE,
        r"time\.format: 'ISO' is no format; write 'iso'",
    ),
    "bad directive": (TOP + COLUMNS + "[time]\nformat = '%Q'\n" + RULE, r"time\.format: .*bad directive"),
    "time in quotes": (TOP + COLUMNS + "[time]\nnot_after = '2011'\n" + RULE, r"time\.not_after: "),
    "time without offset": (
        TOP + COLUMNS + "[time]\nnot_after = 2011-10-01T00:00:00\n" + RULE,
        r"time\.not_after: .*timezone",
    ),
    "period turned round": (
        TOP + COLUMNS + "[time]\nnot_before = 2012-01-01T00:00:00Z\nnot_after = 2011-01-01T00:00:00Z\n" + RULE,
        r"time\.not_before: lies after",
    ),
    "long horizon": (TOP + COLUMNS + "[targets]\ninactivity_horizon_days = 366\n" + RULE, r"targets\.inac.*<= 365"),
    "no when": (with_rule('event = "won"'), r"rule 1: the key 'when' is missing"),
    "number as condition": (
        with_rule('when = { a = 3 }\nevent = "won"'),
        r"rule 1: when\.a: must be a text in quotes or",
    ),
    "empty list": (with_rule('when = { a = [] }\nevent = "won"'), r"rule 1: when\.a: .*length >= 1"),
    "unknown match": (
        with_rule('when = { a = { like = "x" } }\nevent = "won"'),
        r"when\.a: unknown key 'like'; known are",
    ),
    "empty match": (
        with_rule('when = { a = {} }\nevent = "won"'),
        r"when\.a: asks nothing; give prefix, regex or empty",
    ),
    "bad regex": (with_rule('when = { a = { regex = "(" } }\nevent = "won"'), r"when\.a\.regex: no regular expression"),
    "catch-all first": (TOP + COLUMNS + "[[rule]]\nwhen = {}\nevent = 'won'\n" + RULE, r"rule 1: when: .*move it last"),
    "no purpose": (with_rule("when = {}"), r"rule 1: has no purpose; give one of event, leave_out, start_of"),
    "two purposes": (
        with_rule('when = {}\nevent = "won"\nleave_out = "x"'),
        r"rule 1: has event and leave_out; give one",
    ),
    "unknown event": (with_rule('when = {}\nevent = "win"'), r"rule 1: event: unknown event 'win'; did you mean 'won'"),
    "control event": (with_rule('when = {}\nevent = "clock_advanced"'), r"event: unknown event 'clock_advanced'"),
    "data beside leave_out": (
        with_rule('when = {}\nleave_out = "x"\ndata = { a = 1 }'),
        r"rule 1: data: means nothing",
    ),
    "unknown field": (
        with_rule(WON + "data = { amout = '1' }"),
        r"data\.amout: won has no such field; did you mean 'amount'",
    ),
    "wrong constant": (with_rule(WON + "data = { amount = 1 }"), r"rule 1: data\.amount: must be a text in quotes"),
    "refused constant": (
        with_rule(WON + "data = { currency = 'euro' }"),
        r"rule 1: data\.currency: .*change the value",
    ),
    "missing field": (with_rule('when = {}\nevent = "stage_changed"'), r"data\.stage: stage_changed needs it; add"),
    "unknown side": (
        with_rule(WON + "side = 'customer'"),
        r"rule 1: side: must be one of 'buyer', 'seller', 'both', 'none'",
    ),
    "unknown once": (with_rule(WON + "once = 'case'"), r"rule 1\.once: must be one of 'opportunity'"),
    "unknown repeats": (with_rule(WON + "repeats = 'x'"), r"rule 1\.repeats: must be one of 'leave_out', 'next_rule'"),
    "group without once": (with_rule(WON + "once_group = 'x'"), r"rule 1: once: .*add once = \"opportunity\""),
    "unknown pair": (
        with_rule(CALL + "duration_from = 'call'"),
        r"duration_from: no pair 'call'; add a table \[pairs\.call\]",
    ),
    "pair without start": (
        with_rule(CALL + "duration_from = 'call'\n[pairs.call]\nsame = []"),
        r"pairs\.call: no rule has start_of = \"call\"; add one",
    ),
    "pair without same": (
        with_rule(CALL + "[pairs.call]\nlongest_hours = 3"),
        r"pairs\.call: the key 'same' is missing",
    ),
    "two durations": (
        with_rule(CALL + "duration_from = 'c'\nduration_since = 'b'\n[pairs.c]\nsame = []"),
        r"rule 1: duration_since: duration_from is given too",
    ),
    "duration of a win": (
        with_rule(WON + "duration_since = 'b'"),
        r"duration_since: won has no duration_seconds; remove",
    ),
    "close of a win": (with_rule(WON + "close_after_days = 30"), r"close_after_days: won has no close_at; remove"),
    "close twice": (
        with_rule("when = {}\nevent = 'created'\nclose_after_days = 1\ndata = { close_at = { column = 'c' } }"),
        r"close_after_days: data\.close_at is given too; keep one",
    ),
    "unknown key of a column": (
        with_rule(WON + "data = { amount = { colum = 'x' } }"),
        r"data\.amount: unknown key 'colum'; did you mean 'column'",
    ),
    "prefix of an amount": (
        with_rule(WON + "data = { amount = { column = 'x', prefix = 'y' } }"),
        r"data\.amount\.prefix: does not fit this field; remove it",
    ),
    "times of a text": (
        with_rule(WON + "data = { currency = { column = 'x', times = 2 } }"),
        r"data\.currency\.times: ",
    ),
    "refused translation": (
        with_rule(WON + "data = { currency = { column = 'x', values = { Euro = 'euro' } } }"),
        r"data\.currency\.values\.Euro: ",
    ),
    "refused otherwise": (
        with_rule(WON + "data = { currency = { column = 'x', otherwise = 'euro' } }"),
        r"data\.currency\.otherwise: ",
    ),
    "values of contacts": (
        with_rule(CALL + "data = { contacts = { column = 'x', values = { a = 'b' } } }"),
        r"data\.contacts\.values: does not fit a list",
    ),
}


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_names_the_key_and_says_what_to_do(text: str, message: str) -> None:
    """Whoever wrote the mapping can correct it without reading our code."""
    with pytest.raises(MappingInvalid, match=message) as caught:
        parse(text, "m.toml")

    assert str(caught.value).startswith("m.toml: ")


KEYS = st.sampled_from(["source", "file", "columns", "time", "targets", "pairs", "rule", "when", "event", "data", "x"])
VALUES = st.recursive(
    st.sampled_from(["3", "'x'", "true", "[]", "{}", "2011-10-01", "2011-10-01T00:00:00Z"]),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3).map(
        lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
    ),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_mapping_is_read_or_refused_with_a_reason(top: dict[str, str], rule: dict[str, str]) -> None:
    """No arrangement of keys and values ends in another error than the one for mappings."""
    lines = [f"{key} = {value}" for key, value in top.items()]
    if "rule" not in top:
        lines += ["[[rule]]", *(f"{key} = {value}" for key, value in rule.items())]
    try:
        parse("\n".join(lines), "m.toml")
    except MappingInvalid as error:
        assert str(error).startswith("m.toml: ")
