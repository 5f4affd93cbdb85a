"""The desk beside a log: what follows it, tells people, and lets them answer."""
