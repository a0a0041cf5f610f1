import socket

WHO = "座位 1"  # 你的名字或座位号 / your name or seat
DUPLEX = ("127.0.0.1", 23456)  # 屏幕上的地址 / the address on the screen

s = socket.socket()
s.connect(DUPLEX)
s.sendall(f"{WHO}\n".encode())
s.sendall("你好".encode() * 10000)
s.shutdown(socket.SHUT_WR)  # 只挂断自己说话的方向 / end only your own direction

answer = b""
while True:
    part = s.recv(1024)
    if part == b"":  # 对方也说完了 / the other has ended too
        break
    answer += part
print(answer.decode())
s.close()
