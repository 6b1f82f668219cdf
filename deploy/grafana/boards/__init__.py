"""The dashboards, each in a file of its own."""

from deploy.grafana.board import Board
from deploy.grafana.boards import alerts, models, overview, pipeline, revenue, way

#: In the order in which somebody looks.
BOARDS: tuple[Board, ...] = (overview.BOARD, pipeline.BOARD, way.BOARD, models.BOARD, alerts.BOARD, revenue.BOARD)

__all__ = ["BOARDS"]
