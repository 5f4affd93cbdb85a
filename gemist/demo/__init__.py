"""A simulated district in fast motion: what is shown is what a real node kept and told."""
