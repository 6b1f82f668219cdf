"""Handing over from one environment to another that has the same events: who tells people, and what they know already.

The order is what makes it safe, and each step may be repeated, so whoever is interrupted runs it again:

1. Everything written so far is copied, and the other environment has handled it.
2. The one that leads retires. Its programs that tell people finish what is under way, and end.
3. What people have heard of, what was sent, and what was decided and not sent yet are carried over. The ids of alerts
   and messages are the same in both, so what is known of them holds.
4. The other one leads. Its programs that tell people, which stood by, begin. They read its alerts from the beginning,
   and know all that was told.

Between 2 and 4 nobody is told anything, and nothing is lost: it is told afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from streams.access.kafka import Address
from streams.admin.answers import carry_said
from streams.admin.client import REQUEST_SECONDS, producer, speaking_to
from streams.admin.generation import Environment, Rebuild, RebuildWrong, read_generation, write_generation
from streams.admin.lag import committed_places, group_lag, members
from streams.admin.reading import read_span, spans
from streams.admin.states import read_states, write_states
from streams.replay.generation import Generation

_LOOK_EVERY_S, _TELL_EVERY_S = 0.5, 2.0
#: How long those who tell people may take to end: a message may be under way for half a minute, and a program with a
#: name of its own counts as present for a session.
RETIRES_WITHIN_S = 120.0
_TELLING = ("allot", "send")

Tell = Callable[[str], None]


def hand_over(
    bootstrap: Address,
    rebuild: Rebuild,
    to: Environment,
    tell: Tell,
    within_s: float,
    wall_ms: Callable[[], int],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Let `to` lead instead of the other environment of a rebuild.

    Raises `RebuildWrong` where that is not safe, or takes longer than `within_s` seconds: then the other one leads on.
    """
    leads = rebuild.old if to.prefix == rebuild.new.prefix else rebuild.new
    before = read_generation(bootstrap, leads.topics)
    if before.role == "leads":
        if read_generation(bootstrap, to.topics).role == "leads":
            raise RebuildWrong(f"both environments lead, which nobody should have said; {leads.name} and {to.name}")
        _see_that_it_is_copied(bootstrap, rebuild, to, tell, within_s, clock)
        tell(f"{leads.name} retires: whoever tells people there finishes what is under way ...")
        write_generation(bootstrap, leads.topics, Generation(role="retired", other=to.prefix, since=wall_ms()))
    try:
        _wait_until_nobody_tells(bootstrap, leads, clock)
        tell("what people have heard of is carried over ...")
        _carry_over(bootstrap, leads, to)
        if carry_said(bootstrap, leads, to) is None:
            tell(f"{to.name} keeps what it said of forecasts itself since it began")
    except Exception:
        write_generation(bootstrap, leads.topics, Generation(role="leads", other=to.prefix, since=wall_ms()))
        raise
    write_generation(bootstrap, to.topics, Generation(role="leads", other=leads.prefix, since=wall_ms()))


def _see_that_it_is_copied(
    bootstrap: Address, rebuild: Rebuild, to: Environment, tell: Tell, within_s: float, clock: Callable[[], float]
) -> None:
    """Wait until what is written by now in the environment that leads is copied and handled in the other one."""
    if not members(bootstrap, rebuild.group):
        raise RebuildWrong(
            f"nobody copies into {rebuild.new.name}, so what is written meanwhile would be lost to the other one; run "
            f"`dealwatch rebuild start {rebuild.new.prefix or 'PREFIX'}` beside this, and let it run"
        )
    if not members(bootstrap, to.group("track")):
        raise RebuildWrong(f"no worker is at work in {to.name}; start one, with its prefix")
    source = rebuild.old if to.prefix == rebuild.new.prefix else rebuild.new
    topic = source.topics.activity.name
    ends = {number: end for number, (begin, end) in spans(bootstrap, topic).items() if end > begin}
    until = clock() + within_s

    def left() -> int:
        places = committed_places(bootstrap, rebuild.group, topic)
        return sum(max(0, end - places.get(number, 0)) for number, end in ends.items())

    _wait(left, f"{{left:,}} records of {source.name} are still to be copied ...", tell, until, clock)
    mine = spans(bootstrap, to.topics.activity.name)

    def unhandled() -> int:
        places = committed_places(bootstrap, to.group("track"), to.topics.activity.name)
        return sum(max(0, end - max(places.get(number, 0), begin)) for number, (begin, end) in mine.items())

    _wait(unhandled, f"{{left:,}} records wait for the workers of {to.name} ...", tell, until, clock)


def _wait(left: Callable[[], int], words: str, tell: Tell, until: float, clock: Callable[[], float]) -> None:
    told = float("-inf")
    while (many := left()) > 0:
        if clock() > until:
            raise RebuildWrong(
                f"{words.format(left=many).removesuffix(' ...')}, for too long; nothing was changed. Wait until "
                "`dealwatch rebuild status` says that it follows, and try again"
            )
        if clock() - told >= _TELL_EVERY_S:
            told = clock()
            tell(words.format(left=many))
        time.sleep(_LOOK_EVERY_S)


def _wait_until_nobody_tells(bootstrap: Address, leads: Environment, clock: Callable[[], float]) -> None:
    until = clock() + RETIRES_WITHIN_S
    while present := [role for role in _TELLING if members(bootstrap, leads.group(role))]:
        if clock() > until:
            raise RebuildWrong(
                f"the programs {', '.join(present)} of {leads.name} are still at work after {RETIRES_WITHIN_S:.0f} s, "
                "so it leads on; stop them, and try again"
            )
        time.sleep(_LOOK_EVERY_S)


def _carry_over(bootstrap: Address, leads: Environment, to: Environment) -> None:
    """Give the other environment the states of those who tell people, and what was decided and not sent yet."""
    for role in ("notifier", "sent"):
        _carry_states(bootstrap, getattr(leads.topics, role).name, getattr(to.topics, role).name)
    topic = leads.topics.notifications.name
    first = committed_places(bootstrap, leads.group("send"), topic).get(0, 0)
    with producer(bootstrap) as client, speaking_to(bootstrap):
        sent = [
            client.send(to.topics.notifications.name, each.value, each.key, list(each.headers.items()), 0)
            for each in read_span(bootstrap, topic, first)
        ]
        for each in sent:
            each.get(3 * REQUEST_SECONDS)


def _carry_states(bootstrap: Address, source: str, target: str) -> None:
    """Write all states of a changelog into another one, as an owner who is later than all before in either."""
    ours, theirs = read_states(bootstrap, source, 0), read_states(bootstrap, target, 0)
    gone = [(key, None) for key in theirs.latest.keys() - ours.latest.keys()]
    states: list[tuple[bytes, bytes | None]] = [*gone, *ours.latest.items()]
    if states:
        write_states(bootstrap, target, 0, states, max(ours.term, theirs.term), lambda: None)


def lag_of(bootstrap: Address, environment: Environment, role: str) -> int:
    """How many records wait for a group of an environment: `track` or `allot`."""
    topic = environment.topics.activity if role == "track" else environment.topics.alerts
    return sum(group_lag(bootstrap, environment.group(role), topic.name).values())
