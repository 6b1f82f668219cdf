"""Dealwatch: deal-activity events in, deal-risk alerts out. Start reading at `streams/flow.py`."""

__version__ = "0.1.0"
