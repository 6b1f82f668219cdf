"""Looking after Dealwatch's Kafka from outside: topics, lag, dead letters, and reading what the worker wrote.

Plain functions that take the address of a Kafka and names of topics; the command line prints what they return. Doors:
`provision` (topics as planned), `reading` (a topic to its end, or live), `lag`, `deadletters`, `alertlog`, `dealfile`
(everything about one deal), `accounting`, `diagnosis` (what `dealwatch doctor` says). Only `client` knows kafka-python.
"""
