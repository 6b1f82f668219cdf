"""Room 1 - what happened: the contract of `deal.activity`, decoded and validated once.

Door: `decode` (bytes -> Event | Rejection). Nouns: the event types in `deal`, `activity`, `people`, `judgement`
and `control`, all built on `envelope.Event`.
"""
