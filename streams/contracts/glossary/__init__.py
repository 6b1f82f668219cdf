"""What every field on the topics means, in which unit, with an example: one word for one thing.

A field is looked up as `Type.field` and, where nothing of its own is said there, as `field`. A comment on the field in
the source wins over the text here. A test holds that every field of every schema has its meaning.
"""

from __future__ import annotations

from streams.contracts.glossary.alerts import ALERTS
from streams.contracts.glossary.delivery import DELIVERY
from streams.contracts.glossary.entry import Entry
from streams.contracts.glossary.events import EVENTS
from streams.contracts.glossary.learning import LEARNING
from streams.contracts.glossary.plays import PLAYS
from streams.contracts.glossary.revenue import REVENUE
from streams.contracts.glossary.states import STATES

GLOSSARY: dict[str, Entry] = {**EVENTS, **STATES, **LEARNING, **ALERTS, **DELIVERY, **PLAYS, **REVENUE}


def entry_of(kind: type, field: str) -> Entry | None:
    """Return what is said of a field of a type; what is said of a base of it counts, too."""
    for each in kind.__mro__:
        if (found := GLOSSARY.get(f"{each.__name__}.{field}")) is not None:
            return found
    return GLOSSARY.get(field)
