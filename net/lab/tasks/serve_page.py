"""`serve-page`, the second level of `http`: the program is the server, and we are its browser.

It listens, answers ``GET /`` with 200, ``Content-Type: text/html; charset=utf-8``, the right Content-Length
and a page whose title is the pupil's name, and every other path with 404. We come one after the other: with
a whole request, with requests in pieces, with a connection that is closed without a word, and for a page
that is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from net.lab.tasks.grading import Close, Connect, Failed, Grader, clean_name
from net.lab.tasks.http_requests import head_in

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script
    from net.lab.tasks.http_requests import Head

TITLE = re.compile(rb"<title>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)


class ServePage(Grader):
    CONNECT_PATIENCE = 10.0
    ANSWER_PATIENCE = 10.0
    SHORTEST_PAUSE = 0.25
    LONGEST_PAUSE = 2.0

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._last = -1
        self._pause = self.SHORTEST_PAUSE

    def script(self) -> Script[None]:
        began = self.now
        yield from self._get_page("nobody-listens", cuts=())
        self._pause = min(max(4 * (self.now - began), self.SHORTEST_PAUSE), self.LONGEST_PAUSE)
        for cut in (6, -1, -3):
            yield from self._get_page("served-once", cuts=(cut,))
        yield from self._come_and_go()
        yield from self._get_page("fell-over-an-empty-visit", cuts=())
        path = f"/{self.random.randrange(10**6, 10**7)}.html"
        head, _ = yield from self._get(path, "served-once", cuts=())
        if head.start[1:2] != ("404",):
            raise Failed("always-the-same-page", path=path, got=" ".join(head.start)[:40])

    # --- Visits ---

    def _come_and_go(self) -> Script[None]:
        yield from self._connect("served-once")
        self._leave()
        yield from self.wait(self._pause)

    def _get_page(self, refused: str, cuts: tuple[int, ...]) -> Script[None]:
        head, body = yield from self._get("/", refused, cuts)
        if head.start[1:2] != ("200",):
            raise Failed("wrong-status", expected="200", got=" ".join(head.start)[:40])
        kind = head.fields.get("content-type", "").lower().replace(" ", "").replace('"', "")
        if kind != "text/html;charset=utf-8":
            raise Failed("wrong-content-type", got=head.fields.get("content-type", "-")[:60])
        title = TITLE.search(body)
        if title is None or not title.group(1):
            raise Failed("no-title")
        self.who = clean_name(title.group(1))

    def _get(self, path: str, refused: str, cuts: tuple[int, ...]) -> Script[tuple[Head, bytes]]:
        """One request on a connection of its own. ``cuts``: where it is cut, counted from its end if
        negative; ``refused``: the code if nobody listens."""
        yield from self._connect(refused)
        request = f"GET {path} HTTP/1.1\r\nHost: duplex.test\r\nUser-Agent: Duplex\r\n\r\n".encode()
        places = [cut % len(request) for cut in cuts]
        sent = 0
        for place in places:
            self.send(request[sent:place], self._last)
            sent = place
            yield from self._see_silence(request[:sent], refused)
        self.send(request[sent:], self._last)
        answer = yield from self._read_answer(refused)
        self._leave()
        return answer

    def _connect(self, refused: str) -> Script[None]:
        self._last += 1
        self.act(Connect(self._last))
        channel = self.channel(self._last)
        end = self.now + self.CONNECT_PATIENCE
        while not channel.connected:
            if channel.refused and not channel.silent:
                raise Failed(refused)
            if channel.refused or self.now >= end:
                raise Failed("connect-without-answer" if refused == "nobody-listens" else refused)
            yield end

    def _leave(self) -> None:
        self.act(Close(self._last))

    def _see_silence(self, part: bytes, refused: str) -> Script[None]:
        until = self.now + self._pause
        channel = self.channel(self._last)
        while self.now < until:
            if channel.data:
                raise Failed("answered-half-a-request", part=part[-30:].decode("latin-1").strip())
            if channel.over:
                # Taken by the kernel, for a program that was about to end.
                raise Failed(refused)
            yield until

    # --- The answer ---

    def _read_answer(self, refused: str) -> Script[tuple[Head, bytes]]:
        channel = self.channel(self._last)
        end = self.now + self.ANSWER_PATIENCE + self.lateness
        head = head_in(bytes(channel.data))
        while head is None:
            if channel.data and (channel.over or self.now >= end):
                raise Failed("response-unfinished")
            if channel.over or self.now >= end:
                raise Failed(refused if channel.over and refused != "nobody-listens" else "no-response")
            yield end
            head = head_in(bytes(channel.data))
        if not head.start[0].startswith("HTTP/1.") or len(head.start) < 2:
            raise Failed("bad-status-line", line=" ".join(head.start)[:60])
        length = head.fields.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 9):
            raise Failed("no-length")
        size = int(length)
        until = self.now + self.ANSWER_PATIENCE + self.lateness
        while len(channel.data) - head.size < size:
            if channel.over or self.now >= until:
                got = len(channel.data) - head.size
                raise Failed("length-too-long", expected=got, got=size)
            yield until
        yield from self._see_more(head, size)
        return head, bytes(channel.data[head.size :])

    def _see_more(self, head: Head, size: int) -> Script[None]:
        """Bytes behind the length mean that it was wrong."""
        channel = self.channel(self._last)
        until = self.now + self._pause
        while not channel.over and self.now < until:
            yield until
        body = bytes(channel.data[head.size :])
        if len(body) > size:
            characters = len(body.decode("utf-8", "replace"))
            code = "length-in-characters" if characters == size else "length-too-short"
            raise Failed(code, expected=len(body), got=size)
