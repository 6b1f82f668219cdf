"""History from a foreign event log: a CSV file and a mapping file in, an event file out. Door: `convert`."""
