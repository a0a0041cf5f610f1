import socket

here = ("0.0.0.0", 12345)
s = socket.socket()
s.bind(here)
s.listen(5)
while True:
    conn, who = s.accept()
    print(who)
    conn.recv(1)
    conn.close()
