"""Room 3 - what is measured: numbers with names about one deal at one time.

Door: `measure`. The same function serves scoring, training and the backtest, so there is no skew between them.
"""
