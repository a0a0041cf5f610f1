"""Choosing what to open: transport, role, address, options, presets."""
