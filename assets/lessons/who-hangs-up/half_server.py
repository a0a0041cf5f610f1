import socket

s = socket.socket()
s.bind(("127.0.0.1", 12345))
s.listen(1)
c, who = s.accept()
size = 0
while data := c.recv(4):
    size += len(data)
c.send(b"%d bytes" % size)
c.close()
s.close()
