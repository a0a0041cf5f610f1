import socket

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
s.settimeout(0.5)
ROAD = ("127.0.0.1", 12345)
for n in range(1, 4):
    data = f"{n}".encode()
    ok = b""
    while ok != data + b" ok":
        s.sendto(data, ROAD)
        try:
            ok = s.recv(9)
        except socket.timeout:
            pass
s.close()
