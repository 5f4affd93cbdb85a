"""The desk where the log is Kafka: follows its topics, and works alone."""
