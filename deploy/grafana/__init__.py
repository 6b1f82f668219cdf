"""Grafana dashboards as code: `boards` says what is shown, `write` makes `dashboards/*.json` of it with the SDK."""
