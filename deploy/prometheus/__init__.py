"""Rules for Prometheus: `objectives` says what is promised, `write` makes rules and burn-rate alerts of it."""
