"""The chat's wire format, sans-IO: messages, frames, cleaning. docs/protocol.md describes it for another team."""
