"""What the doctor says of what stands around: Prometheus, which calls people; where traces go; who leads."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from streams.access.kafka import Address
from streams.admin.check import Check, Look, Verdict, examined
from streams.admin.generation import RebuildWrong, read_generation
from streams.alerts.words import count
from streams.config.settings import Settings
from streams.config.topics import Topics
from streams.telemetry.catalogue import BUILD, PREFIX

_WAIT_S = 5.0
_MOST_BYTES = 8 * 2**20
#: The names of our alerting rules begin with it.
_OURS = "Dealwatch"
_RUNBOOKS = "deploy/runbooks"
#: As our rules have it: somebody is called.
_CRITICAL = "critical"
#: Programs by role, as they are scraped now.
_SCRAPED = quote(f"count by (role) ({PREFIX}{BUILD.name})")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The address of the settings is asked, and no other."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


_opener = urllib.request.build_opener(_NoRedirect)


def around(settings: Settings) -> Iterator[Check]:
    """Yield the checks that need no Kafka; none for what the settings do not name."""
    if settings.prometheus_url:
        roles = ("track", "learn", *(("allot", "send") if settings.delivery else ()))
        yield examined("prometheus", lambda: prometheus(settings.prometheus_url, roles))
    if settings.otel_endpoint:
        yield examined("traces", lambda: traces(settings.otel_endpoint))


def environment_checks(bootstrap: Address, topics: Topics) -> Iterator[Look]:
    """Yield the check of the environment's role, with its name."""
    yield "environment", lambda: environment(bootstrap, topics)


def prometheus(url: str, roles: Sequence[str] = ()) -> Check:
    """Whether Prometheus answers, knows our alerting rules, which of them fire, and scrapes the programs of `roles`."""
    try:
        known = [
            (str(rule["name"]), rule) for group in _ask(url, "rules?type=alert")["groups"] for rule in group["rules"]
        ]
        scraped = {str(each["metric"]["role"]) for each in _ask(url, f"query?query={_SCRAPED}")["result"]}
    except (OSError, ValueError, LookupError, TypeError) as error:
        found = f"{url} does not answer as Prometheus does: {_words(error)}"
        return Check("prometheus", "warn", found, "nobody is called while it is away; see prometheus_url")
    # One name stands for two rules where an objective has a fast and a slow burn.
    ours = [(name, rule) for name, rule in known if name.startswith(_OURS)]
    if not ours:
        todo = "load deploy/prometheus/rules/*.rules.yml (rule_files), or nobody is called"
        return Check("prometheus", "warn", f"{url} has none of our alerting rules", todo)
    found = f"{url} has {count(len(ours), 'alerting rule')} of ours"
    broken = sorted({name for name, rule in ours if rule.get("health") == "err"})
    if broken:
        found += f"; it cannot evaluate {', '.join(broken)}"
    unseen = [role for role in roles if role not in scraped]
    if unseen:
        found += f"; it scrapes no {', no '.join(unseen)}"
    if firing := [(name, rule) for name, rule in ours if rule.get("state") == "firing"]:
        return _firing(found, firing)
    if broken:
        return Check("prometheus", "warn", found, "see its page /rules")
    if unseen:
        todo = "start it, or name its port among the targets: docs/metrics.md; nobody is called for what is not scraped"
        return Check("prometheus", "warn", found, todo)
    return Check("prometheus", "ok", f"{found}; none fires")


def _firing(found: str, firing: Sequence[tuple[str, Any]]) -> Check:
    """What fires, each with its runbook; somebody is called by what is critical, so that is a failure here, too."""
    urgent = sorted({name for name, rule in firing if _severity(rule) == _CRITICAL})
    others = sorted({name for name, _ in firing}.difference(urgent))
    said = ", ".join([*(f"{name} ({_CRITICAL})" for name in urgent), *others])
    todo = f"see {', '.join(f'{_RUNBOOKS}/{name}.md' for name in (*urgent, *others))}"
    verdict: Verdict = "fail" if urgent else "warn"
    return Check("prometheus", verdict, f"{found}; firing: {said}", todo)


def _severity(rule: Any) -> str:
    labels = rule.get("labels")
    return str(labels.get("severity", "")) if isinstance(labels, dict) else ""


def _ask(url: str, path: str) -> Any:
    """What its API says; raises OSError, ValueError, LookupError or TypeError for what is no Prometheus."""
    with _opener.open(f"{url.rstrip('/')}/api/v1/{path}", timeout=_WAIT_S) as answer:
        return json.loads(answer.read(_MOST_BYTES))["data"]


def traces(endpoint: str) -> Check:
    """Whether somebody answers where traces go; that it takes them is known to `dealwatch_trace_spans_total`."""
    try:
        _opener.open(endpoint, timeout=_WAIT_S).close()
    except urllib.error.HTTPError as error:  # it speaks HTTP; it need not have a page there
        error.close()
    except (OSError, ValueError) as error:
        todo = "traces are dropped and counted meanwhile, deals are not; see otel_endpoint"
        return Check("traces", "warn", f"nobody answers at {endpoint}: {_words(error)}", todo)
    return Check("traces", "ok", f"go to {endpoint}")


def environment(bootstrap: Address, topics: Topics) -> Check:
    """Whether it is this environment that tells people, where `dealwatch rebuild` has made a second one."""
    try:
        role = read_generation(bootstrap, topics)
    except RebuildWrong as error:
        return Check("environment", "fail", str(error.args[0]), "workers end; see docs/upgrade.md")
    if role.other is None:
        return Check("environment", "ok", "leads; there is no other")
    beside = f"the environment {role.other!r}" if role.other else "the environment without a prefix"
    if role.role == "leads":
        return Check("environment", "ok", f"leads, and tells people; {beside} is there to go back to")
    if role.role == "follows":
        todo = "look with `dealwatch rebuild status`, take over with `dealwatch rebuild switch`"
        return Check("environment", "ok", f"is rebuilt from {beside}, which tells people", todo)
    todo = "producers, consumers and this command move to the other --prefix; undone with `dealwatch rebuild back`"
    return Check("environment", "warn", f"has retired: {beside} tells people", todo)


def _words(error: Exception) -> str:
    """What went wrong, in one line."""
    reason = getattr(error, "reason", None) or error
    return str(reason).strip() or type(error).__name__
