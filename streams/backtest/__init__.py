"""The same core without Kafka: a log in, states, alerts and judged predictions out; and the judge of it all.

Door: `run`. Nouns: `predictions` (questions with their answers, as CSV), `lives` (what truly became of the deals).
The judge: `report` puts together what `judge` says of each target (`bootstrap`: intervals, `drops`: steadiness) and
`early` of the warnings (`spells`: what can be warned of, `warned`: who did, and when). `offline` is the rival, `plot`
the picture; each needs a library that is optional.
"""
