"""The wires that a conversation may run on."""
