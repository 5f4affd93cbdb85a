"""How far the desk has read each partition: names in `alerts.desk.progress`."""


def place(topic: str, partition: int) -> str:
    """Name the offset at which to go on in a partition; ``topic`` as the broker calls it.

    >>> place("school-events", 3)
    'kafka: school-events/3'
    """
    return f"kafka: {topic}/{partition}"
