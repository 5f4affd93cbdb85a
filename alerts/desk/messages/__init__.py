"""What people are told: chosen from the cases, put into words, and laid into the outbox."""
