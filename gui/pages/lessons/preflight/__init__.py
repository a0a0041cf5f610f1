"""The pre-flight: what this PC can show, tried out before the class."""
