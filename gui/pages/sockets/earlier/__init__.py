"""Earlier sessions: listed, searched, opened to read."""
