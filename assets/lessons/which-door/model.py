import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen
PATIENCE = 3  # 秒：Windows 上被拒绝要两秒 / on Windows a refusal takes two

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())
lines = s.makefile(encoding="utf-8")
doors = []
while (line := lines.readline().strip()) != "":  # 空行结束 / an empty line ends the list
    doors.append(line)


def answers_a_datagram(host, port):
    with socket.socket(type=socket.SOCK_DGRAM) as card:
        card.settimeout(PATIENCE)
        card.sendto(b"hello", (host, port))
        try:
            card.recvfrom(100)
        except OSError:  # 没人回答，或者报错 / nobody answers, or an error
            return False
        return True


def find_out(host, port):
    with socket.socket() as knock:
        knock.settimeout(PATIENCE)
        try:
            knock.connect((host, port))
        except ConnectionRefusedError:  # 拒绝也是回答 / a refusal is an answer
            return "udp" if answers_a_datagram(host, port) else "refused"
        except OSError:  # 超时：没有回答 / time-out: no answer
            return "silent"
        return "open"


for door in doors:
    host, port = door.rsplit(":", 1)
    s.sendall(f"{door} {find_out(host, int(port))}\n".encode())
print(lines.readline())
s.close()
