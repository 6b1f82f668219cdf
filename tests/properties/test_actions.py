"""Laws of people's actions: a log with them is lived again the same, wherever it is cut, however often it repeats."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from streams.alerts.alert import Alert
from streams.alerts.policy import Policy
from streams.effects import Effect, Publish, Reject
from streams.events.action import NoUse
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.partition import Partition
from streams.state.codec import encode_deal, encode_partition
from streams.state.memory import DealState
from streams.state.opportunity import DAY
from tests.builders import (
    Delivery,
    Envelope,
    SameModels,
    a_clock,
    a_dismissal,
    a_done,
    a_hold,
    a_market,
    a_snooze,
    an_acknowledgement,
    an_assignment,
    an_undoing,
    deliveries,
    ms,
    some_models,
)
from tests.properties.test_alert_identity import check_lives
from tests.properties.test_restart import resumed

_MODELS = some_models(inactivity=0.75, slippage=0.7, base_rate=0.4, cases=500)
_SHARE = 0.3
_BY_PEOPLE = {"acknowledged", "snoozed", "assigned", "reopened"}
_WHYS: tuple[NoUse, ...] = ("known", "wrong")


def _partition() -> Partition:
    return Partition(0, 1, Policy(), SameModels(_MODELS))


def _an_action(random: Random, number: int, deal: DealState, day: float) -> Event | None:
    """Do something about a deal's latest alert, sensible or not; none where it never had one."""
    alert = deal.watch.alert
    if alert is None:
        return None
    name, subject, rule = f"act-{number}", deal.facts.id, random.choice(["", *deal.watch.reasons])
    actor = random.choice(["ann", "bob"])
    given: Envelope = {"id": name, "subject": subject, "actor": actor}
    until, why = day + random.choice([-1, 0.3, 2, 20]), random.choice(_WHYS)
    return random.choice(
        [
            an_acknowledgement(day, alert.id, **given),
            a_snooze(day, alert.id, until, rule, **given),
            a_dismissal(day, alert.id, why, rule, **given),
            a_done(day, alert.id, rule, **given),
            an_assignment(day, alert.id, random.choice(["", "cyd"]), **given),
            an_undoing(day, alert.id, **given),
            a_hold(day, "budget", int(day) + 9, **given),
            an_acknowledgement(day, "al-" + "0" * 20, **given),
        ]
    )


def _lived(seed: int) -> list[Delivery]:
    """A small market in which people act on alerts as they come; the log of it, actions included."""
    random, partition = Random(seed), _partition()
    log: list[Event] = []

    def tell(event: Event) -> None:
        assert partition.handle(Delivery(len(log), encode(event)))
        log.append(event)

    for event in [*a_market(deals=6, days=40, seed=seed), a_clock(60)]:
        tell(event)
        if random.random() < _SHARE and partition.clock is not None and partition.deals:
            deal = partition.deals[random.choice(sorted(partition.deals))]
            said = _an_action(random, len(log), deal, (partition.clock - ms(0)) / DAY)
            if said is not None:
                tell(said)
    return deliveries(log)


def _live(partition: Partition, records: Sequence[Delivery]) -> list[Effect]:
    effects: list[Effect] = []
    for record in records:
        assert partition.handle(record)
        effects += [effect for effect, _ in partition.drain()]
    return effects


def _alerts(effects: Sequence[Effect]) -> list[Alert]:
    return [effect.alert for effect in effects if isinstance(effect, Publish)]


@pytest.mark.parametrize("seed", range(6))
def test_a_log_with_actions_is_lived_again_the_same(seed: int) -> None:
    """The same transitions and states; one alert a deal at a time, and no number is left out."""
    log = _lived(seed)
    one, other = _partition(), _partition()
    said = _live(one, log)
    assert said == _live(other, log)
    assert dict(one.deals) == dict(other.deals)
    check_lives(_alerts(said))
    assert len({each.transition for each in _alerts(said)} & _BY_PEOPLE) > 2
    assert any(isinstance(each, Reject) for each in said)


@pytest.mark.parametrize("seed", range(6))
def test_a_partition_that_died_among_actions_goes_on_the_same(seed: int) -> None:
    """Cut anywhere: what is said before and after is what is said undisturbed."""
    log = _lived(seed)
    undisturbed = _partition()
    expected = _live(undisturbed, log)
    for cut in Random(seed).sample(range(1, len(log)), 4):
        first = _partition()
        said = _live(first, log[:cut])
        kept = {name: encode_deal(deal) for name, deal in first.deals.items()}
        second = resumed(kept, encode_partition(first.state), SameModels(_MODELS))
        said += _live(second, log[cut:])
        assert said == expected
        assert dict(second.deals) == dict(undisturbed.deals)


@pytest.mark.parametrize("seed", range(3))
def test_an_action_that_comes_again_changes_nothing(seed: int) -> None:
    """Every record twice, as after a crash of whoever took the actions in: the same alerts, each once."""
    log = _lived(seed)
    twice = [Delivery(2 * index + again, each.value) for index, each in enumerate(log) for again in (0, 1)]
    assert _alerts(_live(_partition(), twice)) == _alerts(_live(_partition(), log))
