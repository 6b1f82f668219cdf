"""Settings refuse worlds that cannot be, and the documentation knows all of them."""

from pathlib import Path

import msgspec
import pytest

from streams.demo.settings import Kind, Style, TeamHabit, WorldSettings

DOCUMENT = Path(__file__).parents[3] / "docs" / "generator.md"


@pytest.mark.parametrize("name", WorldSettings.__struct_fields__)
def test_every_setting_is_in_the_table_of_the_documentation(name: str) -> None:
    """A reader of docs/generator.md finds each setting by its name."""
    assert f"| `{name}` |" in DOCUMENT.read_text()


@pytest.mark.parametrize(
    "name", [name for name in WorldSettings.__struct_fields__ if name not in ("mix", "outcomes", "styles")]
)
def test_the_documented_default_is_the_default(name: str) -> None:
    """The second column of the table is the value that holds when nothing is said."""
    row = next(line for line in DOCUMENT.read_text().splitlines() if line.startswith(f"| `{name}` |"))
    default = msgspec.json.encode(getattr(WorldSettings(), name)).decode().replace(",", ", ")

    assert row.split("|")[2].strip() == f"`{default}`"


@pytest.mark.parametrize("member", [*Kind, *Style, *TeamHabit])
def test_every_kind_style_and_habit_is_explained(member: Kind | Style | TeamHabit) -> None:
    """Each kind of deal, each style of rep and each habit of a team has its place in docs/generator.md."""
    assert f"**{member.value}**" in DOCUMENT.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deals_per_day", 0.0),
        ("cycle_days", float("nan")),
        ("lull_share", 1.5),
        ("late_hours", (5.0, 2.0)),
        ("outage_hours", (12.0, 500.0)),
        ("reps", 3),
        ("duplicate_rate", 0.99),
        ("merged_share", 0.99),
        ("longest_life_days", 30),
        ("prefix", "~x"),
        ("mix", {Kind.HEALTHY: 0.5}),
        ("styles", {Style.SPARSE: 2.0}),
        ("outcomes", {Kind.HEALTHY: (1.0, 0.0, 0.0)}),
    ],
)
def test_an_impossible_setting_is_refused_by_name(name: str, value: object) -> None:
    """The message names the setting to change."""
    with pytest.raises(ValueError, match=f"world setting {name}"):
        WorldSettings(**{name: value})  # type: ignore[arg-type]


def test_settings_survive_the_truth_file() -> None:
    """Settings written as JSON are read back equal, so that a world can be made again from its truth."""
    settings = WorldSettings(reps=8, mix={Kind.FADING: 1.0})

    assert msgspec.json.decode(msgspec.json.encode(settings), type=WorldSettings) == settings
