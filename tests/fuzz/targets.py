"""Everything that reads what comes from outside, each as one function that must not fail, whatever the bytes.

A target is what bytes are made of, and what must hold of them: they are refused with the reader's own error, or
accepted; and what is accepted can be used, and comes back equal when it is written and read again. A new reader is one
entry here. `test_targets.py` tries each for a while in every run, `make fuzz` for as long as you like.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis.strategies import SearchStrategy, sampled_from, tuples

from streams.replay.generation import Generation, Role, encode_generation
from streams.revenue.answers import TOPICS
from tests.fuzz import files, kafka, requests
from tests.fuzz.kafka import samples
from tests.fuzz.mutate import mutated, mutated_json, mutated_toml

_SETTINGS = b"""broker = "kafka-1:9092"
broker_protocol = "SASL_SSL"
broker_user = "dealwatch"
broker_password = "hunter2"
web_port = 8787
web_hosts = ["deals.example"]
model_wait_seconds = 2.5
timezone = "Europe/Amsterdam"
"""


class Target(NamedTuple):
    """What bytes are made of, what must hold of them, and how many are tried in every run."""

    values: SearchStrategy[bytes]
    holds: Callable[[bytes], None]
    examples: int


_BODIES = tuple(each[each.index(b'"models":') + len(b'"models":') : -1] for each in samples("deal.models"))
_EVENTS = samples("deal.activity", "deal.alert-actions")
_ROLES: tuple[tuple[Role, str], ...] = (("leads", "v2."), ("follows", ""), ("retired", "prod.v2."))
_LEADING = tuple(
    encode_generation(Generation(role=role, other=other, since=1_700_000_000_000)) for role, other in _ROLES
)
_RECORDS = (*samples("deal.examples", "deal.notifications", "deal.plays"), *_LEADING * 8)
_WITH_A_LOG = tuples(mutated_toml(files.mappings()), sampled_from(files.logs())).map(b"\n----\n".join)

TARGETS: dict[str, Target] = {
    "event": Target(mutated_json(_EVENTS), kafka.event, 500),
    "flow": Target(mutated_json(_EVENTS), kafka.flow, 400),
    "state": Target(mutated_json(samples("deal.state")), kafka.state, 300),
    "alert": Target(mutated_json(samples("deal.alerts", "deal.alerts.open")), kafka.alert, 200),
    "record": Target(mutated_json(_RECORDS), kafka.record, 200),
    "answer": Target(mutated_json(samples(*(f"deal.{each}" for each in TOPICS))), kafka.answer, 200),
    "page": Target(mutated_json(samples("deal.state", "deal.alerts")), kafka.page, 100),
    "snapshot": Target(mutated_json(samples("deal.models")), kafka.snapshot, 100),
    "forged_snapshot": Target(mutated_json((*_BODIES, *[min(_BODIES, key=len)] * 6)), kafka.forged, 200),
    "checkpoint": Target(mutated((b"".join(kafka.learner()),)), kafka.checkpoint, 100),
    "mapping": Target(mutated_toml(files.mappings()), files.mapping, 300),
    "conversion": Target(mutated(files.logs()) | _WITH_A_LOG, files.conversion, 250),
    "event_file": Target(mutated(files.event_files()), files.event_file, 150),
    "rules_file": Target(mutated_toml((files.example("rules.md"), files.example("plays.md"))), files.rules, 150),
    "play_file": Target(mutated_toml(files.plays()), files.play, 150),
    "delivery_file": Target(mutated_toml((files.example("notify.md"),)), files.delivery, 150),
    "action": Target(mutated_json(requests.actions()), requests.action, 250),
    "open_page": Target(requests.asked(), requests.open_page, 250),
    "guarded_page": Target(requests.asked(), requests.guarded_page, 250),
    "settings_file": Target(mutated_toml((_SETTINGS,)), files.settings, 100),
}
