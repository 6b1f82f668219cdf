"""A variable that looks like a setting and is none has no effect, which is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.config.settings import Settings, load
from streams.config.variables import without_effect


def said(*names: str, **options: object) -> list[str]:
    """What is said of these variables."""
    return list(without_effect(dict.fromkeys(names, "x"), load(**options)))


def test_the_setting_that_was_meant_is_named_as_a_variable() -> None:
    """Or where all of them are."""
    assert said("DEALWATCH_PREFX", "dealwatch_xyzzy") == [
        "DEALWATCH_PREFX has no effect, there is no such setting; did you mean DEALWATCH_PREFIX?",
        "dealwatch_xyzzy has no effect, there is no such setting; docs/settings.md has them all",
    ]


def test_every_setting_and_what_is_read_elsewhere_is_none() -> None:
    """In any case of letters, as the settings are read."""
    names = [f"DEALWATCH_{name.upper()}" for name in Settings.model_fields]
    assert said(*names, "dealwatch_prefix", "DEALWATCH_CONFIG", "DEALWATCH_CACHE", "DEALWATCH_LIFELINE") == []
    assert said("PATH", "BROKER", "DEALWATCHED") == []


@pytest.mark.parametrize("service", ["", "PAGE_", "TRACK_HEADLESS_"])
def test_what_kubernetes_says_of_services_is_no_slip(service: str) -> None:
    """A service `dealwatch-page` puts these into every pod of its namespace."""
    names = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8787_TCP", "PORT_8787_TCP_ADDR")
    assert said(*(f"DEALWATCH_{service}{name}" for name in names)) == []


def test_a_variable_that_is_named_as_the_place_of_a_secret_is_no_slip(tmp_path: Path) -> None:
    """In a setting, or in the delivery file; another whose name only begins alike is."""
    assert said("DEALWATCH_PASSWORD", broker_password="env:DEALWATCH_PASSWORD") == []
    assert len(said("DEALWATCH_PASS", broker_password="env:DEALWATCH_PASSWORD")) == 1
    file = tmp_path / "delivery.toml"
    file.write_text('[channels.chat]\nurl = "env:DEALWATCH_CHAT"\n')
    assert said("DEALWATCH_CHAT", delivery=str(file)) == []
    assert len(said("DEALWATCH_CHAT", delivery=str(tmp_path / "none.toml"))) == 1
