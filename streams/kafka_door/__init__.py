"""The HTTP door's log where that is Kafka: its topics, and the desk's database beside them."""
