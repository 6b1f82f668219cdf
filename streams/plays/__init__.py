"""Guided selling: what to do in which situation, whether it was done, what came of it, and what difference it makes.

Doors: `read_play` (plain data -> definition), `advance` (runs of a deal after a look at it), `judge_effect` (what came
of the runs of a play, beside those deals from which it was withheld). All pure.
"""
