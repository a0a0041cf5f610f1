import socket

here = ("127.0.0.1", 12345)
s = socket.socket()
s.bind(here)
s.listen(5)
conn, who = s.accept()


def take(n):
    data = b""
    while len(data) < n:
        more = n - len(data)
        part = conn.recv(more)
        if not part:
            break
        data += part
    return data


while True:
    size = take(1)
    if not size:
        break
    print(take(size[0]))
conn.close()
