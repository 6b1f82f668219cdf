"""Planted channels: what marketing truly does in a world, decided deal by deal, apart from everything that is seen.

A planted channel touches a share of the deals before they are opened, whatever will become of them, and some of those
that would not be won are won because of it. Or it comes to deals that are as good as won, and changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.demo.people import Organisation


class Plot(NamedTuple):
    """What is planted in a deal: channels that touch it before it is opened, and those of them that would win it."""

    touched: tuple[str, ...]
    swayed: tuple[str, ...]


def plot(organisation: Organisation, number: int) -> Plot:
    """Return what is planted in deal `number`, drawn from a source of its own: its course is drawn as without."""
    touched, swayed = [], []
    for name, channel in sorted(organisation.settings.channels.items()):
        rng = organisation.stream("planted", name, number)
        if rng.random() < channel.reach:
            touched.append(name)
            if rng.random() < channel.sways:
                swayed.append(name)
    return Plot(tuple(touched), tuple(swayed))
