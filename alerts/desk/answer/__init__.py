"""Answers of people: signed links, the page behind them, and what it writes into the log."""
