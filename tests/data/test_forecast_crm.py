"""The forecast on a real log of deals: at least as good as the best simple version, with intervals that are honest."""

from __future__ import annotations

from datetime import date

import pytest

from streams.backtest.forecast import prepare, read, try_out
from streams.backtest.forecast_report import ForecastReport, report
from streams.cli.forecast_view import as_page
from streams.config.company import company_of
from streams.config.settings import load
from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import convert
from tests.builders import APPENDED_AT
from tests.conftest import PROJECT, SHARED

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(600)]

DEPLOY = PROJECT / "deploy"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> ForecastReport:
    """Return the record of the second half of 2017."""
    table = SHARED / "crm_pipeline" / "sales_pipeline.csv"
    if not table.is_file():
        pytest.skip("shared/data is not beside this checkout")
    events = tmp_path_factory.mktemp("crm") / "crm.jsonl.gz"
    account = convert(table, DEPLOY / "mappings" / "crm_pipeline.toml", events)
    assert account.events_by_kind == {"created": 8_300, "won": 4_238, "lost": 2_473}
    assert account.left_out_by_reason == {"no close_date": 2_089, "no engage_date": 500}
    files = DEPLOY / "companies" / "crm_pipeline"
    company = company_of(load(company=str(files / "company.toml"), rules=str(files / "rules.toml")))
    history = read(read_lines(events), APPENDED_AT, company.timezone)
    return report(history, try_out(prepare(history, company, date(2017, 7, 1))), company.rates.currency)


def test_what_came_is_the_value_of_the_table(found: ForecastReport) -> None:
    """Added up from the table by hand: 2,982,255 in the third quarter and 2,802,496 in the fourth."""
    assert [each.came for each in found.days] == [298_225_500] * 3 + [280_249_600] * 3


def test_the_default_is_at_least_as_good_as_the_best_simple_version_on_every_level(found: ForecastReport) -> None:
    """Pace and stage-weighted are simple."""
    records = {each.version: each for each in found.versions}
    for level in ("rep", "team", "region", "company"):
        wape = {name: each.levels[level].wape or 0.0 for name, each in records.items()}
        assert wape["blend"] <= min(wape["pace"], wape["stage_weighted"])


def test_four_of_five_cases_lie_between_p10_and_p90(found: ForecastReport) -> None:
    """Of 240; between 75 and 85 % is wanted."""
    blend = next(each for each in found.versions if each.version == "blend")
    assert blend.whole.intervals == 240
    assert 0.75 <= (blend.whole.coverage or 0.0) <= 0.85


def test_the_page_has_the_figures_of_today(found: ForecastReport) -> None:
    """Whoever changes a formula writes the page anew."""
    page = (PROJECT / "docs" / "forecast.md").read_text(encoding="utf-8")
    assert as_page(found, "crm.jsonl.gz") in page
