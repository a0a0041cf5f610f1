"""The sequence diagram of a session."""
