"""However a sender's client packs its records, every part of the program reads them.

What a client does by itself differs: franz-go takes snappy. A record that cannot be unpacked would
hold up its whole partition.
"""

import json

import pytest
from as_a_worker import records
from kafka import KafkaProducer
from kafka.admin import ConfigResource
from sqlalchemy import select

from alerts.desk.database import open_desk
from alerts.desk.tables import RECEIVED
from config.settings import Kafka
from streams.notify.following import KafkaFollowing

pytestmark = pytest.mark.kafka

PARTITIONS = 3
SCHOOLS = [f"{number:02}AB" for number in range(9)]


def event(school):
    said = {"type": "register", "id": "r1", "recorded_at": "2026-01-12T08:41:07Z", "session": 1}
    marks = [{"pupil": f"p{number}", "status": "present"} for number in range(25)]
    return json.dumps(said | {"school": school, "date": "2026-01-12", "marks": marks}).encode()


@pytest.mark.parametrize("codec", ["snappy", "lz4", "zstd"])
def test_records_are_read_whatever_packed_them(
    codec, gemist, worker, admin, bootstrap, prefix, tmp_path
):
    assert gemist("topics", "create", "--partitions", PARTITIONS).returncode == 0
    topic = f"{prefix}school-events"
    # The broker packs anew what comes in otherwise: as if each sender had done it.
    admin.alter_configs([ConfigResource("TOPIC", topic, {"compression.type": codec})])
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=20)
    for school in SCHOOLS:
        producer.send(topic, event(school), key=school.encode())
    producer.close()

    assert len(records(bootstrap, topic)) == len(SCHOOLS)
    with worker() as running:
        running.wait_until_read(len(SCHOOLS), PARTITIONS)
        running.stop()
    desk = open_desk(f"sqlite:///{tmp_path / 'desk.db'}")
    follow = KafkaFollowing(Kafka(bootstrap=bootstrap, prefix=prefix), PARTITIONS, desk)
    for _ in range(100):
        follow(1_800_000_000)
        with desk.begin() as connection:
            met = set(connection.execute(select(RECEIVED.c.school)).scalars())
        if met == set(SCHOOLS):
            break
    follow.close()
    desk.dispose()
    assert met == set(SCHOOLS)
