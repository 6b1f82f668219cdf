"""The benchmark: the same work in Dealwatch and in its peers, on the same Kafka, each in a process of its own.

Door: `run.bench`. A *part* (`engine`, `pipeline`, `models`, `latency`, `growth`) asks one question; a *contender* is a
program that does the part's work; a *bout* is one contender's run in a child process (`child`), timed by itself with
the same meter (`meter`) and checked afterwards against what had to come out. docs/benchmarks.md says what is measured
and how.
"""
