import socket

s = socket.socket(
    socket.AF_INET,
    socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 12345))
while True:
    data, who = s.recvfrom(99)
    print("got", data)
    ok = data + b" ok"
    s.sendto(ok, who)
