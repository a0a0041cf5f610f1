"""A process with one Engine that says numbers to a peer until it is told to end: made to be killed.

    talking_program.py FOLDER NAME PORT PEER_PORT

It goes on with the number that its history says is next, and prints "talking" after the first. On "end" it
stops talking, waits until all is delivered, prints "delivered", and ends at the next line.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from pathlib import Path

from net.address import Address
from net.chat.commands import AddPerson, SendText, StartChat
from net.chat.conversation import Conversation
from net.chat.core import ChatCore
from net.chat.events import ChatFailed, ChatStarted, MessageAdded, MessageState, PersonChanged
from net.chat.ids import new_id
from net.engine import Engine
from tests.net.chat.deaf import Deaf

PAUSE = 0.004
DEADLINE = 60.0


class Program:
    def __init__(self, folder: Path, name: str, port: int, peer_port: int) -> None:
        ChatCore.make_discovery = Deaf
        self.peer = Address("127.0.0.1", peer_port)
        self.identity = ""
        self.added = threading.Event()
        self.started = threading.Event()
        self.over = threading.Event()
        self.ended = False
        self.engine = Engine()
        self.engine.submit(StartChat(folder, folder / "downloads", name, port=port))
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.read, daemon=True).start()

    def listen(self) -> None:
        while True:
            for event in self.engine.events.get():
                if isinstance(event, ChatStarted):
                    self.started.set()
                elif isinstance(event, ChatFailed):
                    print("failed", event.fault, flush=True)
                elif isinstance(event, PersonChanged):
                    self.identity = event.person.identity
                elif isinstance(event, MessageAdded) and not event.incoming:
                    self.added.set()

    def read(self) -> None:
        for line in sys.stdin:
            self.ended = self.ended or line.strip() == "end"
            if line.strip() == "quit":
                break
        self.over.set()

    def run(self) -> None:
        assert self.started.wait(DEADLINE)
        print("started", flush=True)
        while not self.identity:
            self.engine.submit(AddPerson(self.peer))
            time.sleep(0.1)
        self.engine.submit(AddPerson(self.peer, self.identity))
        reader = self.engine.history_reader()
        assert reader is not None
        conversation = Conversation.person(self.identity)
        rows = reader.fetch(conversation, 0, reader.count(conversation))
        number = sum(not row.incoming for row in rows)
        for said in itertools.count(1):
            self.added.clear()
            self.engine.submit(SendText(conversation, new_id(), str(number)))
            assert self.added.wait(DEADLINE)
            number += 1
            if said == 1:
                print("talking", flush=True)
            if self.ended:
                break
            time.sleep(PAUSE)
        waiting = (MessageState.QUEUED, MessageState.SENT)
        while any(row.state in waiting for row in reader.fetch(conversation, 0, reader.count(conversation))):
            time.sleep(0.05)
        print("delivered", flush=True)
        self.over.wait()
        reader.close()
        self.engine.stop()
        self.engine.join(DEADLINE)


if __name__ == "__main__":
    Program(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])).run()
