import socket

here = ("127.0.0.1", 12345)
s = socket.socket()
s.connect(here)
for m in b"AAA", b"BB", b"C":
    size = bytes([len(m)])
    s.send(size + m)
s.close()
