"""From alerts to people: cases, messages, answers."""
