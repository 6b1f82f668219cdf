"""From which deals a play is withheld: decided by the deal, not by time, and the same for every replay."""

from __future__ import annotations

from hashlib import blake2b

from streams.plays.definition import PlayDefinition

_ALL = 1 << 64


def is_held_out(opportunity: str, play: PlayDefinition) -> bool:
    """Whether a play is withheld from a deal.

    The hash of deal, play and version is as good as a uniform draw from [0, 1); those below the share are held out. So
    a greater share only adds deals, and another version draws anew.
    """
    drawn = blake2b(f"{opportunity}\0{play.id}\0{play.version}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") < play.holdout * _ALL


def run_id(opportunity: str, play: str, version: int, started_at: int) -> str:
    """The id that every replay of the same log gives to the same run."""
    name = f"{opportunity}\0{play}\0{version}\0{started_at}"
    return "run-" + blake2b(name.encode(), digest_size=10).hexdigest()
