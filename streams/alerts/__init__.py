"""Room 5 - what is said: rules look at a deal, a lifecycle decides whether to speak, an alert says why and what to do.

Door: `decide`. Nouns: `alert` (the record), `policy` (thresholds), `rules`, `evidence` (their words), `lifecycle`
(a table), `plays`, `explain`.
"""
