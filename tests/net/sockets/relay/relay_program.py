"""One UDP relay as a program, for tests that run it on another PC (a network namespace).

    relay_program.py LISTEN TARGET SETTINGS

It prints ``open ADDRESS`` and then each relayed datagram as ``CLIENT back|there FATE DATA``.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from net.address import Address
from net.engine import Engine
from net.protocol.impairment.settings import Impairment, parse_settings
from net.sockets.commands import RelayDatagrams
from net.sockets.events import Closed, MessagesRelayed, Opened, OpenFailed


def main() -> None:
    listen, target, settings = sys.argv[1:]
    engine = Engine()
    asked = parse_settings(Impairment, settings)
    session = engine.new_session()
    engine.submit(RelayDatagrams(session, Address.parse(listen), Address.parse(target), asked, asked, 1))
    while True:
        for event in engine.events.get():
            if isinstance(event, Opened):
                print("open", event.local_address, flush=True)
            elif isinstance(event, MessagesRelayed):
                for piece in event.pieces:
                    way = "back" if piece.back else "there"
                    client = Address.from_socket(piece.client)
                    print(client, way, piece.fate.value, piece.data.decode(), flush=True)
            elif isinstance(event, Closed | OpenFailed):
                print("ended", event, flush=True)
                engine.stop()
                return


if __name__ == "__main__":
    main()
