"""What else could predict: each way of learning behind one protocol, to be held beside the product's own.

Nothing of the product imports this package (a contract says so); `streams/backtest/contest.py` plays a log to it, and
`roster` names everybody. Modules called `river_...` may import River.
"""
