"""Foreign records -> events: files here, later CRM and mail; I/O in one module, the pure mapping beside it."""
