import socket

s = socket.socket()
s.bind(("127.0.0.1", 12345))
s.listen(1)
c, who = s.accept()
c.recv(99)
c.close()
s.close()
