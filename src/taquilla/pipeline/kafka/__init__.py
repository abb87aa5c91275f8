"""The road through Kafka: what publishes on the topic, and what lands it exactly once."""
