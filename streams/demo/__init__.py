"""A seeded sales organisation: what its CRM, mail, calendar and marketing would say, and the truth behind it.

Doors: `world.generate` (a number of deals over a number of days) and `world.play` (day after day without end), both
pure: no clock, no files, no network, the same bytes for the same seed everywhere. `play.paced` spreads them over wall
time. Nouns: `settings`, `calendar`, `people`, `plan`, `story`, `faults`, `truth`.
"""
