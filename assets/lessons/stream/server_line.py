import socket

here = ("127.0.0.1", 12345)
s = socket.socket()
s.bind(here)
s.listen(5)
conn, who = s.accept()
END = b"\n"
buf = b""
while True:
    part = conn.recv(5)
    if not part:
        break
    buf += part
    *got, buf = buf.split(END)
    print(got)
conn.close()
