"""Show code: a session as a short Python program, and running that."""
