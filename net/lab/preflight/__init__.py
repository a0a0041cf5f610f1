"""The pre-flight: what this PC can show of the lessons, tried out before the class."""
