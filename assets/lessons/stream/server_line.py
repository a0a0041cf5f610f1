import socket

here = ("127.0.0.1", 12345)
s = socket.socket()
s.bind(here)
s.listen(5)
conn, who = s.accept()
data = b""
while data.count(b"\n") < 3:
    data += conn.recv(5)
for line in data.splitlines():
    print(line)
conn.close()
