"""Raw TCP and UDP: commands, events, sessions, TLS, URLs."""
