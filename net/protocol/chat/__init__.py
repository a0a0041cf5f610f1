"""The chat's wire format, sans-IO: messages, frames, cleaning of text and file names.

docs/protocol.md describes it for another team."""
