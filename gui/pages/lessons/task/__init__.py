"""A lesson's task: where programs knock, and what came of each attempt."""
