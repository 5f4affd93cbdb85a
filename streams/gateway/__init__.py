"""The HTTP door: events in, answers about each, and what a school system may look at."""
