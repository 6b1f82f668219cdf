"""What an installation needs: measured figures and a demand in, partitions, machines and disks out. Pure.

Doors: `figures.decode_figures` reads what `dealwatch bench --only capacity --write` measured, `plan.plan` makes a plan
of figures and a `demand.Demand`. The plan is a sheet (`sheet.py`): every number is a formula over numbers before it,
evaluated by `formula.py` and shown as it is. `values.py` says a plan as values of the Helm chart.
"""
