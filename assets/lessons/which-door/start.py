import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())
lines = s.makefile(encoding="utf-8")
doors = []
while (line := lines.readline().strip()) != "":  # 空行结束 / an empty line ends the list
    doors.append(line)


def find_out(host, port):
    # 返回 return: "open" "refused" "silent" "udp"
    return "open"


for door in doors:
    host, port = door.rsplit(":", 1)
    s.sendall(f"{door} {find_out(host, int(port))}\n".encode())
print(lines.readline())
s.close()
