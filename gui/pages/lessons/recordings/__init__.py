"""Recordings as files: saved, opened, exported."""
