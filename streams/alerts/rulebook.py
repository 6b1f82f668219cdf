"""What each partition goes by, as its state says it: for those who look at deals from outside of their partition."""

from __future__ import annotations

from streams.alerts.policy import Policy
from streams.alerts.ruleset import AS_DECLARED, Plain, Rules, read_rules
from streams.errors import RulesWrong


def kept_rules(data: Plain) -> Rules:
    """The rules of a state; as declared where this version cannot read them, until a worker's file says otherwise."""
    try:
        return read_rules(data) if data else AS_DECLARED
    except RulesWrong:
        return AS_DECLARED


class Rulebook:
    """The policy of each partition. Partitions take rules up one after the other; equal ones share one policy."""

    def __init__(self, base: Policy) -> None:
        """Begin with what the settings say, of which a partition's rules change something."""
        self._base = base
        self._kept: dict[int, tuple[Plain, Policy]] = {}
        self.latest = base
        """The policy of the partition that was heard last."""

    def hear(self, partition: int, data: Plain) -> None:
        """Take in the rules of a partition's state, which is written often and seldom says other rules."""
        known = self._kept.get(partition)
        if known is None or known[0] != data:
            alike = (policy for kept, policy in self._kept.values() if kept == data)
            known = (data, next(alike, None) or self._made(data))
            self._kept[partition] = known
        self.latest = known[1]

    def of(self, partition: int) -> Policy:
        """What a partition goes by; what the settings say where it was not heard of."""
        known = self._kept.get(partition)
        return self._base if known is None else known[1]

    def _made(self, data: Plain) -> Policy:
        rules = kept_rules(data)
        return rules.policy(self._base) if rules.digest else self._base
