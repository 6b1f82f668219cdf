"""What a configuration would have sent: to whom, how much a day, what it left for the digest, and how right. Pure.

The alerts of a backtest go through the very allotment that a notifier uses (`streams/notify`), in their own time. Right
is what came true, as in `early.py`: a silence that was warned of reached the deal's horizon, a close date was missed.
Where the truth of a generated organisation is at hand, it is asked as well: was the deal really in that trouble then?
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from streams.alerts.alert import Alert
from streams.backtest.lives import Life
from streams.backtest.spells import plans, silences
from streams.backtest.warned import Course
from streams.notify.delivery import Delivery
from streams.notify.notice import notice_of
from streams.notify.owners import Owners
from streams.notify.policy import OwnerPolicy

#: Whose condition comes true or not; for other rules there is nothing to wait for.
_FORESEES = {"going_quiet": "silence", "silent": "silence", "slipping": "slip"}


class OwnerVolume(Struct, frozen=True, kw_only=True):
    """What one owner would have got: `working_days` from the first event to the last, `busiest` is of one day."""

    owner: str
    team: str
    working_days: int
    sent: int
    busiest: int
    digests: int
    lines: int

    @property
    def per_day(self) -> float:
        """Alerts sent per working day."""
        return self.sent / self.working_days if self.working_days else 0.0


class RuleVolume(Struct, frozen=True, kw_only=True):
    """Alerts by the rule that led when they were sent; `judged` of them could be, and so many were `right`."""

    sent: int
    digest: int
    judged: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share that was right; none where none could be judged."""
        return self.right / self.judged if self.judged else None


class Volume(Struct, frozen=True, kw_only=True):
    """All of it. `alerts` opened or came back; each was `sent`, only named in a `digest`, or `neither`.

    Neither: it ended, was acknowledged or snoozed before its turn came, or still waits at the end.
    """

    alerts: int
    sent: int
    digest: int
    neither: int
    severities: dict[str, int]
    owners: tuple[OwnerVolume, ...]
    rules: dict[str, RuleVolume]
    deliveries: tuple[Delivery, ...]


def volume(
    alerts: Sequence[Alert],
    lives: Mapping[str, Life],
    span: tuple[int, int],
    policy_of: Callable[[str], OwnerPolicy],
    owners: Iterable[str] = (),
) -> Volume:
    """Let the alerts be delivered, and count; `span` is the first and the last instant of the log.

    `owners` are those of deals, so that who got nothing is counted as well.
    """
    office = Owners(policy_of)
    for alert in sorted(alerts, key=lambda each: each.at):  # stable: those of one deal stay in order
        office.hear(notice_of(alert))
    office.pass_time(span[1])
    deliveries = tuple(office.deliveries)
    told = _told(deliveries)
    begun = {(each.id, each.at): each for each in alerts if each.transition in ("opened", "reopened")}
    names = {each.id for each in begun.values()}
    sent = {name for name, how in told.items() if how == "sent"}
    digest = {name for name, how in told.items() if how == "digest"}
    return Volume(
        alerts=len(names),
        sent=len(sent & names),
        digest=len(digest & names),
        neither=len(names - sent - digest),
        severities=dict(Counter(each.notice.severity for each in _once(deliveries) if each.notice)),
        owners=tuple(_owners(deliveries, office, span, {*owners, *(each.owner for each in alerts)})),
        rules=_rules(alerts, deliveries, told, lives, span[1]),
        deliveries=deliveries,
    )


def _told(deliveries: Iterable[Delivery]) -> dict[str, str]:
    """How each alert was told: sent, if ever, else in a digest."""
    told: dict[str, str] = {}
    for each in deliveries:
        if each.kind == "alert" and each.notice is not None:
            told[each.notice.id] = "sent"
        elif each.kind == "digest":
            for line in each.lines:
                if line.how != "ended":
                    told.setdefault(line.id, "digest")
    return told


def _once(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Alerts that were sent, each message once however many channels it went through."""
    found: dict[tuple[str, int], Delivery] = {}
    for each in deliveries:
        if each.kind == "alert" and each.notice is not None:
            found.setdefault((each.notice.id, each.notice.sequence), each)
    return list(found.values())


def _owners(
    deliveries: Sequence[Delivery], office: Owners, span: tuple[int, int], owners: Iterable[str]
) -> Iterable[OwnerVolume]:
    days: dict[str, Counter[int]] = defaultdict(Counter)
    for each in _once(deliveries):
        days[each.owner][office.policy(each.owner).time.day_of(each.at)] += 1
    digests = {(each.owner, each.day): each for each in deliveries if each.kind == "digest"}
    for owner in sorted(each for each in owners if each or days[each]):  # a lead has no owner, and gets nothing
        own = [each for (name, _), each in digests.items() if name == owner]
        policy = office.policy(owner)
        yield OwnerVolume(
            owner=owner,
            team=policy.team,
            working_days=_working_days(policy, span),
            sent=days[owner].total(),
            busiest=max(days[owner].values(), default=0),
            digests=len(own),
            lines=sum(len(each.lines) + each.omitted for each in own),
        )


def _working_days(policy: OwnerPolicy, span: tuple[int, int]) -> int:
    first, last = policy.time.day_of(span[0]), policy.time.day_of(span[1])
    count, day = 0, first - 1
    while (day := policy.time.working_day_after(day)) <= last:
        count += 1
    return count


def _rules(
    alerts: Sequence[Alert],
    deliveries: Sequence[Delivery],
    told: Mapping[str, str],
    lives: Mapping[str, Life],
    ended_at: int,
) -> dict[str, RuleVolume]:
    sent = Counter(each.notice.rule for each in _once(deliveries) if each.notice)
    named: Counter[str] = Counter()
    for alert in {each.id: each for each in alerts if each.transition == "opened"}.values():
        named[alert.rule] += told.get(alert.id) == "digest"
    right = _right(deliveries, lives, ended_at)
    return {
        rule: RuleVolume(
            sent=sent[rule],
            digest=named[rule],
            judged=len(right.get(rule, ())),
            right=sum(right.get(rule, ())),
        )
        for rule in sorted({*sent, *named}, key=lambda name: (-sent[name], name))
        if sent[rule] or named[rule]
    }


def _right(deliveries: Sequence[Delivery], lives: Mapping[str, Life], ended_at: int) -> dict[str, list[bool]]:
    """Of each rule that foresees something: whether it came true, for every alert that was sent and decided."""
    courses = {"silence": Course(silences(lives, ended_at), 1.0), "slip": Course(plans(lives, ended_at), 1.0)}
    right: dict[str, list[bool]] = defaultdict(list)
    counted: set[tuple[str, int]] = set()
    for each in _once(deliveries):
        notice = each.notice
        kind = None if notice is None else _FORESEES.get(notice.rule)
        if notice is None or kind is None:
            continue
        course = courses[kind]
        place = course.find(notice.opportunity, notice.at)
        if place is not None and (notice.rule, place) not in counted:
            counted.add((notice.rule, place))
            right[notice.rule].append(bool(course.happened[place]))
    return right
