import socket
import struct

s = socket.socket()
s.bind(("127.0.0.1", 12345))
s.listen(1)
c, who = s.accept()
print(c.recv(99))
hard = struct.pack("ii", 1, 0)
c.setsockopt(
    socket.SOL_SOCKET,
    socket.SO_LINGER, hard)
c.close()
s.close()
