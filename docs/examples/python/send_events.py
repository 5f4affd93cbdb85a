"""Sends events, one on each line of standard input: send_events.py BROKERS TOPIC."""

import json
import sys

from kafka import KafkaProducer

brokers, topic = sys.argv[1:]
# No partitioner: what kafka-python does by itself is right, murmur2 of the key.
producer = KafkaProducer(
    bootstrap_servers=brokers, acks="all", compression_type="gzip", linger_ms=50
)
sent = [
    producer.send(topic, key=json.loads(line)["school"].encode(), value=line.rstrip(b"\n"))
    for line in sys.stdin.buffer
]
producer.flush()
for each in sent:
    each.get(timeout=0)  # raises what was wrong: something may not be there, send all of it again
