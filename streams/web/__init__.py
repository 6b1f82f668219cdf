"""The room with the window: what people see of their deals, served on loopback from the topics that others write.

Doors: `app.build_web` (the ASGI application) and `read_model.ReadModel` (what it shows, pure). Nouns: `live` (the hub
that tells browsers what changed), `health`, `guard` (who may ask), `wanted` (filters), `standing` (a deal in the table)
and `portrait` (a deal in full), `figures` (counts), `pages` (HTML).
"""
