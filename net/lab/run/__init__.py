"""Runs: real programs in processes of their own, held before each socket call, and their recordings."""
