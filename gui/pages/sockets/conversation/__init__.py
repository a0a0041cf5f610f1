"""The messages sent and received in a session, and sending more."""
