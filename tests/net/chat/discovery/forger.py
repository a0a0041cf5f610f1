"""Broadcasts beacons of people who do not exist, from many source addresses, until its input ends: the first
FLOOD as fast as it can, then PACE a second, for ever.

As fast as it can is faster than one core reads: then the kernel loses every second datagram, whoever sent
it, and chance says when somebody is heard. At PACE, far above what a Duplex takes, the Duplex chooses.

python -m tests.net.chat.discovery.forger BROADCAST PREFIX FIRST LAST
"""

from __future__ import annotations

import itertools
import os
import random
import socket
import sys
import threading

from net.protocol.chat.beacon import GOODBYE, REQUEST, Beacon, encode

FLOOD = 20_000
PACE = 4_000


def main() -> None:
    broadcast, prefix, first, last = sys.argv[1:]
    sockets = []
    for number in range(int(first), int(last) + 1):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.bind((f"{prefix}.{number}", 0))
        sockets.append(sock)
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    for count in itertools.count():
        if over.wait(10 / PACE) if count > FLOOD and not count % 10 else over.is_set():
            return
        flags = random.choice((0, REQUEST))
        # Also lies about a real person: goodbye, another name, another port.
        real = count % 50 == 0
        identity = bytes.fromhex("bb" * 32) if real else os.urandom(32)
        beacon = Beacon(
            identity=identity,
            name="\u202eEve" * 16,
            port=random.randint(1, 65535),
            flags=GOODBYE if real else flags,
            start=os.urandom(8),
        )
        random.choice(sockets).sendto(encode(beacon), (broadcast, 45654))
        if count == FLOOD:
            print("sent", flush=True)


if __name__ == "__main__":
    main()
