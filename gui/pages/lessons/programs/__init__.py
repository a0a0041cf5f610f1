"""Step my program: any Python files of the person's own, held before each call."""
