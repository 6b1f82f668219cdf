"""How one comes into Kafka: addresses, TLS, passwords and tokens, what is refused and why, and the rights it takes.

`kafka.kafka_of` makes of the settings what every client is opened with. Secrets are named by reference in the settings
(`secret.py`), read here, and shown nowhere. `handshake.py` finds out why nobody answers; `rights.py` is the one table
of who needs which right.
"""
