"""The delivery file: what it means, every fault at once with its place, and no secret in any word."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from streams.alerts.policy import Policy, TeamRules
from streams.config.delivery import DeliveryWrong, read_delivery
from streams.config.delivery_plan import DeliveryPlan
from streams.notify.delivery import for_alert
from streams.state.calendar import Calendar
from tests.unit.notify.said import a_notice, at

TEAM = TeamRules(team="emea", calendar=Calendar("NL", "Europe/Amsterdam"))
TEAMS = Policy(owners={"rep-1": TEAM, "rep-2": TEAM})
LEAST = 'fallback = ["ops"]\n[channels.ops]\nurl = "json://127.0.0.1"\n'


def read(folder: Path, text: str) -> DeliveryPlan:
    """Read a file with this text."""
    path = folder / "delivery.toml"
    path.write_text(text)
    return read_delivery(path, TEAMS, "https://deals.example.org")


def faults(folder: Path, text: str) -> str:
    """What is said of a file that is wrong."""
    with pytest.raises(DeliveryWrong) as raised:
        read(folder, text)
    return str(raised.value)


def test_the_least_file_tells_everybody_through_the_fallback(tmp_path: Path) -> None:
    """Five a day, two of them for criticals, nine to five."""
    policy = read(tmp_path, LEAST).policy_of("anybody")
    assert (policy.budget, policy.reserve) == (5, 2)
    assert policy.routing(a_notice()).usual == ("ops",)
    assert policy.time.is_open(at(0, 9)) and not policy.time.is_open(at(0, 17))


def test_team_calendar_and_time_zone_are_those_of_the_rules(tmp_path: Path) -> None:
    """The King's birthday is no working day in Amsterdam; an owner's own time zone wins."""
    plan = read(tmp_path, LEAST + '[owner.rep-2]\ntimezone = "America/New_York"\ncountry = "US"\n')
    first, second = plan.policy_of("rep-1"), plan.policy_of("rep-2")
    kings_day = (date(2026, 4, 27) - date(2026, 3, 2)).days

    assert first.team == second.team == "emea"
    assert first.time.is_open(at(0, 8)) and not second.time.is_open(at(0, 8))
    assert not first.time.is_open(at(kings_day, 10)) and second.time.is_open(at(kings_day, 15))


def test_without_a_country_the_file_says_which_days_count(tmp_path: Path) -> None:
    """Sunday to Thursday, say."""
    plan = read(tmp_path, LEAST + '[hours]\ndays = ["sun", "mon", "tue", "wed", "thu"]\n')
    time = plan.policy_of("anybody").time
    assert time.is_open(at(6, 10)) and not time.is_open(at(4, 10))


def test_a_channel_that_lacks_something_of_the_owners_gives_way_to_the_fallback(tmp_path: Path) -> None:
    """Each hears through an address of their own, who has none through the fallback."""
    text = (
        LEAST
        + '[channels.own]\nurl = "mailto://127.0.0.1/?to={mail}"\n[[routes]]\nchannels = ["own"]\n'
        + '[owner.rep-1]\nmail = "anna+x@example.org"\n'
    )
    plan = read(tmp_path, text)
    assert plan.policy_of("rep-1").routing(a_notice()).usual == ("own",)
    assert plan.policy_of("rep-2").routing(a_notice()).usual == ("ops",)
    address = plan.channels["own"].address(plan.people["rep-1"].fields)
    assert address == "mailto://127.0.0.1/?to=anna%2Bx@example.org"


def test_routes_decide_in_order(tmp_path: Path) -> None:
    """The first that takes an alert decides; one with `continue` lets others hear as well."""
    text = (
        LEAST
        + "".join(f'[channels.{name}]\nurl = "json://{name}"\n' for name in ("pager", "emea", "quiet"))
        + '[[routes]]\nseverity = ["critical"]\nchannels = ["pager"]\nalways = true\ncontinue = true\n'
        + '[[routes]]\nrule = ["silent"]\nteam = ["emea"]\nchannels = ["emea"]\n'
        + '[[routes]]\nowner = ["rep-9"]\nchannels = ["quiet"]\n'
    )
    plan = read(tmp_path, text)

    def heard(owner: str, **changes: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        routing = plan.policy_of(owner).routing(a_notice(owner=owner, **changes))
        return routing.always, routing.usual

    assert heard("rep-1", severity="critical") == (("pager",), ("emea",))
    assert heard("rep-1") == ((), ("emea",))
    assert heard("rep-1", rule="slipping") == ((), ("ops",))
    assert heard("rep-9") == ((), ("quiet",))
    assert heard("rep-8", severity="critical") == (("pager",), ("ops",))


def test_a_secret_comes_from_the_environment_and_is_in_no_representation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan can be logged whole."""
    monkeypatch.setenv("HOOK_TOKEN", "s3cr3t")
    plan = read(tmp_path, 'fallback = ["ops"]\n[channels.ops]\nurl = "json://host/${HOOK_TOKEN}"\n')
    assert plan.channels["ops"].address({}) == "json://host/s3cr3t"
    assert "s3cr3t" not in repr(plan)


def test_what_stands_in_place_of_an_address_may_be_secret_and_is_neither_said_nor_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a secret with braces no part is taken for a field of the owner, or for the schema."""
    for wrong in ("s3cr3t", "user:s3cr3t@host", "user:s3cr3t@host://x", "s3cr3t word://x"):
        monkeypatch.setenv("HOOK", wrong)
        for url in ("${HOOK}", wrong):
            said = faults(tmp_path, f'fallback = ["ops"]\n[channels.ops]\nurl = "{url}"\n')
            assert "channels.ops.url: must be an address such as slack://" in said and "s3cr3t" not in said
    monkeypatch.setenv("HOOK", "a{s3cr3t}b")
    plan = read(tmp_path, 'fallback = ["ops"]\n[channels.ops]\nurl = "json://host/${HOOK}"\n')
    assert plan.channels["ops"].asks_for == ()
    assert plan.channels["ops"].address({}) == "json://host/a{s3cr3t}b"


def test_everything_wrong_is_said_at_once_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names with a hint, times, budgets, variables, addresses."""
    monkeypatch.delenv("NOT_THERE", raising=False)
    said = faults(
        tmp_path,
        """
fallback = ["opz", "pager", "own"]
templates = "nowhere"
[channels.ops]
url = "json://${NOT_THERE}"
[channels.pager]
url = "pagerduty://x@y"
[channels.own]
url = "mailto://h/?to={mail}"
[channels.odd]
url = "no address"
[budget]
per_day = 2
reserve = 3
[hours]
working = "17:00-09:00"
quiet = ["25:00-26:00"]
[[routes]]
channels = ["pagr"]
team = ["emae"]
rule = ["silnt"]
[owner.rep-1]
timezone = "Mars/Olympus"
country = "XX"
""",
    )
    for part in (
        "fallback: there is no 'opz'; did you mean ops?",
        "fallback: pager is made for incidents",
        "fallback: own needs {mail}",
        "templates: nowhere is no folder",
        "channels.ops.url: the environment has no NOT_THERE",
        "channels.odd.url: must be an address",
        "budget: reserve 3 is more than per_day 2",
        "hours.working: must begin before it ends",
        "hours.quiet: '25:00' is no time of day",
        "routes[1].channels: there is no 'pagr'; did you mean pager?",
        "routes[1].team: there is no 'emae'; did you mean emea?",
        "routes[1].rule: there is no 'silnt'; did you mean silent?",
        "owner.rep-1.timezone: there is no 'Mars/Olympus'",
        "owner.rep-1.country: 'XX' is not known",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("fallback = [", "is no TOML"),
        (LEAST + "[budget]\nper_dey = 3\n", "budget: there is no setting `per_dey`"),
        (LEAST + '[budget]\nper_day = "many"\n', "budget.per_day: Expected `int`, got `str`"),
        ('fallback = ["ops"]\n', "missing: `channels`"),
        (LEAST + '[[routes]]\nchannels = ["ops"]\nseverity = ["terrible"]\n', "Invalid enum value 'terrible'"),
        (LEAST + '[hours]\nquiet = ["00:00-24:00"]\n', "covers all working hours"),
        (LEAST + '[hours]\ndigest = "08:00"\n', "hours.digest: must lie within the working hours"),
        (LEAST + '[hours]\ndigest = "12:30"\nquiet = ["12:00-13:00"]\n', "and not in quiet ones"),
    ],
)
def test_a_file_that_is_none_says_so(tmp_path: Path, text: str, part: str) -> None:
    """Each with what is wrong."""
    assert part in faults(tmp_path, text)


def test_no_file_says_so(tmp_path: Path) -> None:
    """A name that leads nowhere."""
    with pytest.raises(DeliveryWrong, match="name a delivery file"):
        read_delivery(tmp_path / "none.toml", TEAMS, "")


def test_templates_of_ones_own_replace_those_of_the_same_name(tmp_path: Path) -> None:
    """Others stay; a file that is no template is named, and so is one that cannot be read."""
    words = tmp_path / "words"
    words.mkdir()
    (words / "alert.title").write_text("{{ severity | upper }} {{ name }}")
    plan = read(tmp_path, 'templates = "words"\n' + LEAST)
    message = plan.renderer.render(for_alert(a_notice(name="Acme"), "ops", 0, None), "txt")
    assert message.title == "WARNING Acme"
    assert "about a" in message.body

    (words / "alert.titel").write_text("x")
    (words / "digest.md").write_text("{% if %}")
    said = faults(tmp_path, 'templates = "words"\n' + LEAST)
    assert "alert.titel is no template" in said and "template digest.md" in said
