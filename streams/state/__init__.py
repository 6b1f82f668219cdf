"""Room 2 - what is remembered of one opportunity.

Doors: `admit` (Fresh | Duplicate | Conflict | Late) and `fold` ((state, event, now) -> state). Nouns: `opportunity`
(what is known of the deal), `memory` (everything kept for it), `watch` (questions asked and alerts open), `codec`.
"""
