"""Faust made safe and fast: batches of a partition to a synchronous task, one checkpoint, nothing committed too early.

The room knows nothing of deals and imports no other room. Doors: `build.build_app`, `run.run`. Nouns for strangers:
`task` (Task, StateStore, Outgoing, Record), `settings.EngineSettings`, `followers.Follower`, `observer`, `errors`,
`engine.Engine` (wake, status). The rest is the inside; `checkpoint` has the theory.
"""
