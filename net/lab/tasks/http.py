"""`http`: GET with a bare socket, exactly Content-Length bytes, and the next request on the same connection.

The answer comes in pieces, cut inside its head, inside the length itself and before the last byte of the
empty line, and the connection stays open: who reads until the end of the stream reads for ever, and who
takes one recv for the answer hashes too little. The body has empty lines in it and more bytes than
characters."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from net.lab.tasks.grading import Failed, StreamGrader, clean_name
from net.lab.tasks.http_requests import head_in

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script
    from net.lab.tasks.http_requests import Head

TEXT = "浏览器也只是 send 和 recv。 A browser only sends and receives. 头和正文之间是一个空行。 "


class Http(StreamGrader):
    PAUSE = 0.25
    NEXT_PATIENCE = 10.0
    """Seconds between the last byte of the answer and the next request."""
    HEAD_PATIENCE = 5.0

    def script(self) -> Script[None]:
        head = yield from self._read_request(self.PATIENCE, silent="no-request", left="left-early")
        path = head.start[1]
        name, sha, value = path[1:].partition("/sha256/")
        self.who = clean_name(unquote_to_bytes(name)) if name else ""
        if sha:
            self._answer("409 Conflict", b"new connection\n")
            raise Failed("new-connection", got=value[:64])
        if not name:
            raise Failed("name-empty")
        yield from self._send_body()
        yield from self._judge(path)

    # --- The first request and its answer ---

    def _read_request(self, patience: float, silent: str, left: str) -> Script[Head]:
        channel = self.channel()
        end = self.now + patience
        while True:
            head = head_in(bytes(channel.data))
            if head is not None:
                del channel.data[: head.size]
                self._check(head)
                return head
            if channel.over:
                raise Failed("request-unfinished") if channel.data else Failed(left)
            until = channel.last_received + self.HEAD_PATIENCE + self.lateness if channel.data else end
            if self.now >= until:
                raise Failed("request-unfinished") if channel.data else Failed(silent)
            yield until

    def _check(self, head: Head) -> None:
        line = " ".join(head.start)[:60]
        if len(head.start) != 3 or not head.start[1].startswith("/"):
            raise Failed("bad-request-line", line=line)
        if head.start[0] != "GET":
            raise Failed("bad-request-line", line=line)
        if head.start[2] != "HTTP/1.1":
            raise Failed("wrong-version", got=head.start[2][:20])
        if not head.fields.get("host"):
            raise Failed("no-host")

    def _send_body(self) -> Script[None]:
        """Head and body in pieces, with pauses; nothing but silence is right until the last has gone."""
        size = self.random.randrange(1500, 5000)
        text = ""
        while len(text.encode()) < size:
            text += self.random.choice((TEXT, "\r\n\r\n", "\n\n", f"{self.random.random()}"))
        self._body = text.encode()
        length = self.random.choice(("Content-Length", "content-length", "CONTENT-LENGTH"))
        size_text = str(len(self._body))
        before = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n{length}: {size_text[:2]}"
        self._head = f"{before}{size_text[2:]}\r\n\r\n".encode()
        whole = self._head + self._body
        cuts = sorted(
            (
                len(before) - 9,
                len(before),
                len(self._head) - 1,
                len(self._head) + self.random.randrange(1, 200),
                len(whole) - self.random.randrange(1, 600),
            )
        )
        sent = 0
        for cut in cuts:
            self.send(whole[sent:cut])
            sent = cut
            yield from self._see_silence()
        self.send(whole[sent:])

    def _see_silence(self) -> Script[None]:
        until = self.now + self.PAUSE
        channel = self.channel()
        while self.now < until and not channel.data:
            if channel.over:
                raise Failed("left-early")
            yield until

    # --- The second request ---

    def _judge(self, path: str) -> Script[None]:
        head = yield from self._read_request(
            self.NEXT_PATIENCE, silent="waits-for-close", left="new-connection"
        )
        want = f"{path}/sha256/"
        got = head.start[1]
        if not got.startswith(want):
            self._answer("404 Not Found", b"not this path\n")
            raise Failed("wrong-path", expected=want, got=got[:120])
        said = got[len(want) :].lower()
        if said == hashlib.sha256(self._body).hexdigest():
            self._answer("200 OK", b"passed\n")
            return
        self._answer("409 Conflict", b"another hash\n")
        self._explain(said)

    def _explain(self, said: str) -> None:
        length = _prefix_with_hash(self._body, said)
        if length is not None:
            raise Failed("read-too-little-of-body", got=length, expected=len(self._body))
        if _prefix_with_hash(self._head + self._body, said) is not None:
            raise Failed("hashed-the-head")
        raise Failed("wrong-hash", expected=len(self._body))

    def _answer(self, status: str, body: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        self.send(head.encode() + body)


def _prefix_with_hash(data: bytes, hexadecimal: str) -> int | None:
    """The length of the beginning of ``data`` that has this SHA-256; None if none has."""
    hashing = hashlib.sha256()
    for at in range(len(data) + 1):
        if hashing.hexdigest() == hexadecimal:
            return at
        hashing.update(data[at : at + 1])
    return None
