"""The scorecard: a model as a file that a person can read, served with numpy alone."""
