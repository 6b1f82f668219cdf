"""Dashboards as Grafana would show them: what is checked in as its JSON, asked of a Prometheus, without a Grafana.

`definition` reads the files of `deploy/grafana/dashboards`, `view` what somebody wants to see, `expand` makes of both
what Prometheus is asked, `prometheus` asks it, `answer` checks what it said, `lines` and `units` make it readable.
"""
