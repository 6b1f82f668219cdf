"""Boards -> classic dashboard JSON, made with Grafana's own SDK: `python -m deploy.grafana.write`.

The same boards give the same bytes. Classic JSON (schema version 42) is what every Grafana from 10 to 13 imports.
"""

from __future__ import annotations

import json
from pathlib import Path

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, text, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from deploy.grafana.board import Board, Panel, Query, Threshold
from deploy.grafana.boards import BOARDS

FOLDER = Path(__file__).parent / "dashboards"
COLUMNS = 24
_PICTURE, _NUMBER, _HEADING = 8, 4, 1
#: Units that Grafana has no name for.
_UNITS = {"cores": "suffix: cores", "per hour": "suffix: /h"}
_Drawn = timeseries.Panel | stat.Panel | bargauge.Panel
_SOURCE = kinds.DataSourceRef(type_val="prometheus", uid="$datasource")


def text_of(board: Board) -> str:
    """The dashboard's JSON, as it is checked in."""
    return json.dumps(built(board), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def built(board: Board) -> model.Dashboard:
    """The dashboard as the SDK has it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["dealwatch"])
        .readonly()
        .timezone("browser")
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_choice("job", "Job", "label_values(dealwatch_build_info, job)"))
        .with_variable(_choice("instance", "Instance", 'label_values(dealwatch_build_info{job=~"$job"}, instance)'))
        .link(
            dashboard.DashboardLink("Dealwatch")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["dealwatch"])
            .as_dropdown(True)
            .keep_time(True)
            .include_vars(True)
        )
    )
    for field in board.fields:
        made.with_variable(dashboard.TextBoxVariable(field.name).label(field.label).default_value(field.default))
    number = top = 0
    for row in board.rows:
        number += 1
        made.with_row(dashboard.Row(row.title).id(number).grid_pos(model.GridPos(_HEADING, COLUMNS, 0, top)))
        top, left, deepest = top + _HEADING, 0, 0
        for panel in row.panels:
            number += 1
            height = _NUMBER if panel.kind == "stat" and panel.width < _PICTURE else _PICTURE
            if left + panel.width > COLUMNS:
                top, left, deepest = top + deepest, 0, 0
            made.with_panel(_panel(panel, number).grid_pos(model.GridPos(height, panel.width, left, top)))
            left, deepest = left + panel.width, max(deepest, height)
        top += deepest
    return made.build()


def _choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """A variable whose values are those that there are, one, several or all."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(_SOURCE)
        .query(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
    )


def _panel(panel: Panel, number: int) -> _Drawn | text.Panel:
    if panel.kind == "text":
        words = text.Panel().mode(TextMode.MARKDOWN).content(panel.text)
        return words.id(number).title(panel.title).description(panel.description)
    made: _Drawn
    last = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)
    if panel.kind == "stat":
        made = stat.Panel().color_mode(kinds.BigValueColorMode.VALUE).graph_mode(kinds.BigValueGraphMode.AREA)
        made.reduce_options(last)
        if any("{{" in query.legend for query in panel.queries):  # also where there is only one, it is to be named
            made.text_mode(kinds.BigValueTextMode.VALUE_AND_NAME)
    elif panel.kind == "bargauge":
        made = bargauge.Panel().orientation(kinds.VizOrientation.HORIZONTAL).reduce_options(last).min(0)
        made.display_mode(kinds.BarGaugeDisplayMode.BASIC)
    else:
        made = timeseries.Panel().fill_opacity(30 if panel.stacked else 8).show_points(kinds.VisibilityMode.NEVER)
        made.legend(common.VizLegendOptions().show_legend(True).placement(kinds.LegendPlacement.BOTTOM))
        made.tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI))
        if panel.stacked:
            made.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL))
        if panel.thresholds:
            made.thresholds_style(common.GraphThresholdsStyleConfig().mode(kinds.GraphThresholdsStyleMode.DASHED))
    made.id(number).title(panel.title).description(panel.description).unit(_unit(panel.unit)).datasource(_SOURCE)
    if panel.most is not None:
        made.max(panel.most)
    if panel.thresholds:
        made.thresholds(_thresholds(panel.thresholds))
    for place, query in enumerate(panel.queries):
        made.with_target(_target(query, chr(ord("A") + place)))
    return made


def _unit(unit: str) -> str:
    return _UNITS.get(unit, unit)


def _thresholds(given: tuple[Threshold, ...]) -> dashboard.ThresholdsConfig:
    # The first colour is that of everything below, which has no value.
    steps = [model.Threshold(None if place == 0 else each.value, each.colour) for place, each in enumerate(given)]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _target(query: Query, name: str) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend)
        .ref_id(name)
        .format(PromQueryFormat.TIME_SERIES)
        .datasource(_SOURCE)
    )


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for board in BOARDS:
        (FOLDER / f"{board.uid}.json").write_text(text_of(board), encoding="utf-8")


if __name__ == "__main__":
    main()
