"""Event files on their way into partitions: which record goes where, and when time is announced.

Door: `sequence`. Used by `replay`, by the demo and by the backtest, so that all three see the same log.
"""
