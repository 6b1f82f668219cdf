"""What the page shows, built record by record from three topics. Pure: no I/O, no clock, no tasks.

    deal.state    on_state     the deals, and per partition how far event time has come
    deal.alerts   on_alert     what was said
    deal.models   on_models    the models, to explain and to judge

Records may arrive in any order between topics and any number of times. A state is only put aside when it arrives and
decoded when somebody looks; beyond `_PENDING` of them, each new one has the oldest decoded. So where one deal changes a
hundred times between two looks one state is decoded, and no call ever has much to do. A record that cannot be read is
counted and left out; the page never stops the worker.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from models.curves import Learned
from models.schema import Vector
from models.snapshot import ModelSet
from streams.alerts.alert import Alert, decode_alert
from streams.alerts.policy import Policy
from streams.alerts.rulebook import Rulebook
from streams.alerts.update import Update
from streams.features.measure import measure
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition
from streams.state.feeds import PartitionState
from streams.state.opportunity import Opportunity
from streams.state.watch import Watch
from streams.web.acting import AlertNow, DealNow, alert_now
from streams.web.alert_log import AlertLog, Episode
from streams.web.due import due_entries, plays_of
from streams.web.figures import Summary, feeds, money, quality
from streams.web.inbox import Inbox, InboxWanted, TeamOf, inbox, no_team
from streams.web.model_view import ModelView
from streams.web.portrait import Portrait, paint, proposed
from streams.web.ranking import Ranking
from streams.web.rule_view import RuleRow, rule_rows
from streams.web.standing import SEVERITIES, Standing, standing
from streams.web.wanted import Wanted

#: States waiting to be decoded: at some 20 us each (measured), a look has to wait for about 20 ms at most.
_PENDING = 1_000
#: Names of changed deals, and alerts, kept between two looks of the hub; beyond that it is told "many".
_MAX_CHANGED = 200
_MAX_FRESH = 40
#: At most so many open deals tell what matters to the models; with fewer than a few all places of a curve count alike.
_SAMPLE, _FEW = 80, 20


class Limits(Struct, frozen=True):
    """How much is kept. What is open is kept anyway, since it is the state of the world."""

    closed_deals: int = 2_000
    ended_alerts: int = 2_000
    open_alerts: int = 50_000
    feed: int = 200
    heard: int = 100_000


class Page(Struct, frozen=True):
    """One page of deals, and how many there are in all."""

    deals: tuple[Standing, ...]
    total: int
    page: int
    pages: int


class Changes(Struct, frozen=True):
    """What changed since the last look. `deals` none: more than can be named. `many`: alerts were left out too."""

    deals: tuple[str, ...] | None
    alerts: tuple[Alert, ...]
    many: bool
    clock: bool

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return self.deals is None or bool(self.deals or self.alerts or self.many or self.clock)


class ReadModel:
    """Everything the page shows. Feed it with `on_state`, `on_alert` and `on_models`; ask it anything, at any time."""

    def __init__(self, limits: Limits | None = None, team_of: TeamOf = no_team, policy: Policy | None = None) -> None:
        """Begin with nothing known; `team_of` names the team of an owner.

        `policy` is what the settings say, of which the rules of a partition change something.
        """
        limits = limits or Limits()
        self._alerts = AlertLog(
            max_ended=limits.ended_alerts, max_open=limits.open_alerts, max_feed=limits.feed, max_heard=limits.heard
        )
        self._ranking = Ranking()
        self._closed: dict[str, tuple[Opportunity, Watch, int]] = {}
        self._max_closed = limits.closed_deals
        self._pending: dict[str, tuple[bytes, int]] = {}
        self._partitions: dict[int, PartitionState] = {}
        self._models = ModelView()
        self._rulebook = Rulebook(policy or Policy())
        self._team_of = team_of
        self._changed: set[str] | None = set()
        self._fresh: deque[Alert] = deque(maxlen=_MAX_FRESH)
        self._many = False
        self._clock_moved = False
        self._unreadable = 0

    def on_state(self, key: bytes, value: bytes | None, partition: int = 0) -> None:
        """Take in a record of `deal.state` from one of its partitions; no value means that the deal is forgotten."""
        if key == PARTITION_KEY:
            self._on_partition(value, partition)
            return
        opportunity = key.decode(errors="replace")
        self._touch(opportunity)
        if value is None:
            self._pending.pop(opportunity, None)
            self._forget(opportunity)
            return
        self._pending[opportunity] = (value, partition)
        if len(self._pending) > _PENDING:
            self._read(*self._pending.pop(next(iter(self._pending))))

    def on_alert(self, value: bytes) -> None:
        """Take in a record of `deal.alerts`; repeats, by (id, sequence), change nothing."""
        try:
            alert = decode_alert(value)
        except msgspec.DecodeError:
            self._unreadable += 1
            return
        if not self._alerts.hear(alert):
            return
        self._touch(alert.opportunity)
        self._many = self._many or len(self._fresh) == _MAX_FRESH
        self._fresh.append(alert)
        known = self._ranking.get(alert.opportunity)
        if known is not None:
            self._rank(known.facts, known.watch, known.partition)

    def on_models(self, models: ModelSet) -> None:
        """Take in the models of an epoch, repeats too; those of the epochs before explain older numbers."""
        self._models.put(models)

    def drain(self) -> Changes:
        """Return what changed since the last call."""
        named = None if self._changed is None else tuple(sorted(self._changed))
        changes = Changes(named, tuple(self._fresh), self._many, self._clock_moved)
        self._changed, self._many, self._clock_moved = set(), False, False
        self._fresh.clear()
        return changes

    @property
    def as_of(self) -> int | None:
        """The greatest event time of any partition, in milliseconds; none before the first event.

        Alerts are said at once, clocks are written with the next checkpoint: the latest alert may know a later time.
        """
        return max((*self._clocks(), *(alert.at for alert in self.latest_alerts(1))), default=None)

    @property
    def models(self) -> ModelSet | None:
        """The latest models; none before the first ones."""
        return self._models.latest

    def ranked(self, wanted: Wanted) -> Page:
        """The open deals that pass the filters, the worst first; a page beyond the last one is the last one."""
        self._settle()
        found = [deal for deal in self._ranking if wanted.takes(deal)]
        pages = max(-(-len(found) // wanted.size), 1)
        page = min(wanted.page, pages)
        start = (page - 1) * wanted.size
        return Page(tuple(found[start : start + wanted.size]), len(found), page, pages)

    def inbox(self, wanted: InboxWanted) -> Inbox:
        """The alerts that pass the filters, the worst first; a page beyond the last one is the last one."""
        self._settle()
        now = self.as_of or 0
        due = due_entries(self._ranking, now, self._rulebook.of, self._team_of)
        found = inbox(self._ranking, wanted, now, self._team_of, due)
        return replace(found, entries=tuple(replace(each, updates=self._proposed(each.deal)) for each in found.entries))

    def updates(self, opportunity: str) -> tuple[Update, ...]:
        """The updates that are proposed for a deal; none for one that is closed or not known."""
        self._settle()
        deal = self._ranking.get(opportunity)
        return () if deal is None else self._proposed(deal)

    def deal_now(self, opportunity: str) -> DealNow | None:
        """How far the time of a deal has come, for who wants to act on it; none where the deal is not known."""
        self._settle()
        deal, episodes = self._ranking.get(opportunity), self._alerts.of_deal(opportunity)
        if deal is not None:
            return DealNow(opportunity, self._clock(deal.partition, deal.facts, episodes), is_open=True)
        if opportunity not in self._closed:
            return None
        facts, _, partition = self._closed[opportunity]
        return DealNow(opportunity, self._clock(partition, facts, episodes), is_open=False)

    def called(self, opportunity: str) -> str:
        """The name of a deal; empty where it has none, or is not known."""
        self._settle()
        deal = self._ranking.get(opportunity)
        if deal is not None:
            return deal.facts.name
        return self._closed[opportunity][0].name if opportunity in self._closed else ""

    def alert_now(self, alert: str) -> AlertNow | None:
        """An alert, open or not, for who wants to act on it; none where it is not known."""
        self._settle()
        episode = self._alerts.get(alert)
        if episode is not None:
            deal = self._ranking.get(episode.last.opportunity)
        else:  # its message may be gone, its state is not
            deal = next((each for each in self._ranking if each.alert and each.alert.id == alert), None)
        opportunity = deal.facts.id if deal else episode.last.opportunity if episode else ""
        now = self.deal_now(opportunity)
        return None if now is None else alert_now(alert, now, deal, episode)

    def deal(self, opportunity: str) -> Portrait | None:
        """Everything about one deal, open or closed; none where it is not known."""
        self._settle()
        episodes = self._alerts.of_deal(opportunity)
        deal = self._ranking.get(opportunity)
        if deal is not None:
            clock = self._clock(deal.partition, deal.facts, episodes)
            painted = paint(deal.facts, deal.watch, deal, episodes, clock, self._models, self._proposed(deal))
            return replace(painted, plays=plays_of(deal, clock, self._rulebook.of(deal.partition)))
        closed = self._closed.get(opportunity)
        if closed is None:
            return None
        facts, watch, partition = closed
        clock = self._clock(partition, facts, episodes)
        return paint(facts, watch, None, episodes, clock, self._models)

    def learned(self) -> tuple[Learned, ...]:
        """What the latest models have learned, told by open deals."""
        return self._models.learned(self._measured)

    def rules(self) -> tuple[RuleRow, ...]:
        """All rules as they are set, and what people said of their alerts, as the latest models know it."""
        latest = self._models.latest
        return rule_rows(self._rulebook.latest, latest.feedback if latest else {})

    def latest_alerts(self, limit: int, severity: str = "", rule: str = "") -> tuple[Alert, ...]:
        """The latest alert messages, newest first."""
        found: list[Alert] = []
        for alert in self._alerts.latest():
            if len(found) >= limit:
                break
            if severity in ("", alert.severity) and (
                rule in ("", alert.rule) or rule in [each.rule for each in alert.reasons]
            ):
                found.append(alert)
        return tuple(found)

    def summary(self) -> Summary:
        """The counts of the header."""
        self._settle()
        clocks = self._clocks()
        ranking = self._ranking
        return Summary(
            as_of=self.as_of,
            behind_ms=max(clocks) - min(clocks) if clocks else 0,
            open_deals=len(ranking),
            at_risk=ranking.at_risk,
            alerts={each: ranking.severities[each] for each in SEVERITIES if ranking.severities[each]},
            alerts_by_rule=dict(ranking.rules.most_common()),
            owners=dict(sorted(ranking.owners.items())),
            amount_at_risk=money(ranking.amounts),
            at_risk_without_amount=ranking.without_amount,
            models=quality(self._models.latest),
            feeds=feeds(self._partitions),
            unreadable_records=self._unreadable,
        )

    def _clocks(self) -> list[int]:
        return [each.clock for each in self._partitions.values() if each.clock is not None]

    def _on_partition(self, value: bytes | None, partition: int) -> None:
        if value is None:
            self._partitions.pop(partition, None)
            return
        try:
            self._partitions[partition] = decode_partition(value)
        except msgspec.DecodeError:
            self._unreadable += 1
            return
        self._rulebook.hear(partition, self._partitions[partition].rules)
        self._clock_moved = True

    def _proposed(self, deal: Standing) -> tuple[Update, ...]:
        clock = self._clock(deal.partition, deal.facts, self._alerts.of_deal(deal.facts.id))
        return proposed(deal, clock, self._rulebook.of(deal.partition), self._models)

    def _touch(self, opportunity: str) -> None:
        if self._changed is not None:
            self._changed.add(opportunity)
            if len(self._changed) > _MAX_CHANGED:
                self._changed = None

    def _settle(self) -> None:
        """Decode what waits."""
        waiting, self._pending = self._pending, {}
        for value, partition in waiting.values():
            self._read(value, partition)

    def _read(self, value: bytes, partition: int) -> None:
        try:
            state = decode_deal(value)
            if state.facts.is_open:
                self._rank(state.facts, state.watch, partition)
                self._closed.pop(state.facts.id, None)
            else:
                self._close(state.facts, state.watch, partition)
        except (msgspec.DecodeError, ArithmeticError):
            self._unreadable += 1

    def _rank(self, facts: Opportunity, watch: Watch, partition: int) -> None:
        self._ranking.put(standing(facts, watch, partition, self._alerts.of_deal(facts.id)))

    def _close(self, facts: Opportunity, watch: Watch, partition: int) -> None:
        """Keep of a closed deal what its page shows."""
        self._ranking.drop(facts.id)
        self._closed.pop(facts.id, None)
        kept = replace(facts, event_times=(), contact_times=(), push_times=())
        self._closed[facts.id] = (kept, Watch(origin=watch.origin, history=watch.history), partition)
        while len(self._closed) > self._max_closed:
            del self._closed[next(iter(self._closed))]

    def _forget(self, opportunity: str) -> None:
        self._ranking.drop(opportunity)
        self._closed.pop(opportunity, None)
        self._alerts.forget_deal(opportunity)

    def _clock(self, partition: int, facts: Opportunity, episodes: list[Episode]) -> int:
        state = self._partitions.get(partition)
        clock = state.clock or 0 if state else 0
        return max(clock, facts.last_event_at, *(each.last.at for each in episodes))

    def _measured(self) -> list[Vector]:
        """Open deals, evenly chosen, as they are measured now; none where there are too few to tell anything."""
        self._settle()
        if len(self._ranking) < _FEW:
            return []
        sample = islice(self._ranking, 0, None, -(-len(self._ranking) // _SAMPLE))
        return [measure(each.facts, self._clock(each.partition, each.facts, [])) for each in sample]
