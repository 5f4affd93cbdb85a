"""How each client library is told where the brokers are, and how to sign in there."""

from typing import Any

from config.settings import Kafka


def for_kafka_python(kafka: Kafka) -> dict[str, Any]:
    """Settings of any client of kafka-python."""
    return {"bootstrap_servers": kafka.bootstrap.split(",")}


def for_aiokafka(kafka: Kafka) -> dict[str, Any]:
    """Settings of any client of aiokafka."""
    return {"bootstrap_servers": kafka.bootstrap.split(",")}
