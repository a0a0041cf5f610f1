import socket

here = ("127.0.0.1", 12345)
s = socket.socket()
s.bind(here)
s.listen(5)
conn, who = s.accept()
while True:
    data = conn.recv(100)
    print(data)
    if not data:
        break
conn.close()
