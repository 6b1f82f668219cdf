"""Take every alert once: from the committed offset of a group of your own, repeats left out, committed after handling.

    BROKER=kafka:9092 python consume_alerts.py

Needs kafka-python. Ctrl-C ends it; the next start goes on from there.
"""

import json
import os
import sqlite3
from contextlib import closing, suppress

from kafka import KafkaConsumer

consumer = KafkaConsumer(
    os.environ.get("PREFIX", "") + "deal.alerts",
    bootstrap_servers=os.environ.get("BROKER", "localhost:9092"),
    group_id=os.environ.get("GROUP", "my-alerts"),
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
handled = sqlite3.connect(os.environ.get("HANDLED", "handled.db"))
handled.execute("CREATE TABLE IF NOT EXISTS handled (id TEXT, sequence INTEGER, PRIMARY KEY (id, sequence))")
with suppress(KeyboardInterrupt), closing(consumer):
    for record in consumer:
        alert = json.loads(record.value)
        with handled:  # what you do here and that it is done are kept together, or neither
            name = (alert["id"], alert["sequence"])
            if handled.execute("INSERT OR IGNORE INTO handled VALUES (?, ?)", name).rowcount:
                print(
                    alert["transition"], alert["severity"], alert["opportunity"], alert["title"], sep="\t", flush=True
                )
        consumer.commit()
