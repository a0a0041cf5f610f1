"""Wire formats without I/O: bytes in, messages out.

Nothing here imports socket, ssl, asyncio, threading or time; the time is passed as an argument. So everything
can be tested byte by byte, and the same code serves the engine, the terminal and the lessons.

- `framing`: where a message ends in a TCP stream. `make_decoder(framing, codec)` for one direction of one
  connection, `feed` it the bytes read; `frame` for messages to send.
- `codec`: text to bytes with exact errors; bytes to text that always succeeds and marks undecodable bytes;
  text made safe to show.
- `compose`: what a person typed (text, escapes, hex) as the bytes to send.
- `checksum`: what can be appended to a message, and its verification.
- `reply`: auto-reply rules, bounded in number and in time.
- `pcap`: a transcript as a capture file.

Errors are ValueErrors that carry a kind and the numbers and positions that belong to it; the user interface
words them.
"""

from __future__ import annotations

from net.protocol.checksum import Checksum
from net.protocol.codec import (
    CODECS,
    Codec,
    CodecError,
    CodecErrorKind,
    clean_text,
    decode_spans,
    decode_text,
    encode_text,
    parse_codec,
    python_codec,
    split_incomplete,
)
from net.protocol.compose import (
    ComposeError,
    ComposeErrorKind,
    ComposeMode,
    LineEnding,
    compose,
    parse_escapes,
    parse_hex,
)
from net.protocol.framing import (
    Decoder,
    Framing,
    FramingError,
    FramingErrorKind,
    FramingKind,
    frame,
    frame_many,
    make_decoder,
    parse_framing,
)
from net.protocol.pcap import CapturedMessage, CaptureError, CaptureErrorKind, CaptureMark, write_capture
from net.protocol.reply import (
    Answer,
    ReplyMatch,
    ReplyRule,
    ReplyRuleError,
    ReplyRuleErrorKind,
    ReplyRules,
    parse_reply,
)

__all__ = [
    "CODECS",
    "Answer",
    "CaptureError",
    "CaptureErrorKind",
    "CaptureMark",
    "CapturedMessage",
    "Checksum",
    "Codec",
    "CodecError",
    "CodecErrorKind",
    "ComposeError",
    "ComposeErrorKind",
    "ComposeMode",
    "Decoder",
    "Framing",
    "FramingError",
    "FramingErrorKind",
    "FramingKind",
    "LineEnding",
    "ReplyMatch",
    "ReplyRule",
    "ReplyRuleError",
    "ReplyRuleErrorKind",
    "ReplyRules",
    "clean_text",
    "compose",
    "decode_spans",
    "decode_text",
    "encode_text",
    "frame",
    "frame_many",
    "make_decoder",
    "parse_codec",
    "parse_escapes",
    "parse_framing",
    "parse_hex",
    "parse_reply",
    "python_codec",
    "split_incomplete",
    "write_capture",
]
