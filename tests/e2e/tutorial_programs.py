"""Plain blocking ``socket`` programs as a pupil writes them after the tutorial: one-shot, chat, and UDP.

Each takes its port as the first argument; the chat programs read their answers from standard input.
"""

TCP_ONE_SHOT_SERVER = """
import socket, sys
server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.bind(("127.0.0.1", int(sys.argv[1])))
server_socket.listen(5)
print("listening on", server_socket.getsockname()[1], flush=True)
while True:
    client_socket, address = server_socket.accept()
    message = client_socket.recv(1024)
    print("Received:", message.decode("utf-8"), flush=True)
    client_socket.send(b"Hello, Client")
    client_socket.close()
"""

TCP_ONE_SHOT_CLIENT = """
import socket, sys
client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client_socket.connect(("127.0.0.1", int(sys.argv[1])))
client_socket.send("Hello, Server 你好，服务器！".encode("utf-8"))
response = client_socket.recv(1024)
print("Received from server:", response.decode("utf-8"), flush=True)
client_socket.close()
"""

TCP_CHAT_SERVER = """
import socket, sys
server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.bind(("127.0.0.1", int(sys.argv[1])))
server_socket.listen(5)
print("listening on", server_socket.getsockname()[1], flush=True)
client_socket, address = server_socket.accept()
while True:
    message = client_socket.recv(1024)
    if not message:
        break
    print("Client:", message.decode("utf-8"), flush=True)
    client_socket.send(input().encode("utf-8"))
print("the client has gone", flush=True)
client_socket.close()
server_socket.close()
"""

TCP_CHAT_CLIENT = """
import socket, sys
client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client_socket.connect(("127.0.0.1", int(sys.argv[1])))
while True:
    message = input()
    if message.lower() == "exit":
        break
    client_socket.send(message.encode("utf-8"))
    print("Server:", client_socket.recv(1024).decode("utf-8"), flush=True)
client_socket.close()
"""

UDP_SERVER = """
import socket, sys
server_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server_socket.bind(("127.0.0.1", int(sys.argv[1])))
print("listening on", server_socket.getsockname()[1], flush=True)
while True:
    message, address = server_socket.recvfrom(1024)
    print("Received:", message.decode("utf-8"), flush=True)
    server_socket.sendto("你好, UDP Client".encode("utf-8"), address)
"""

UDP_CLIENT = """
import socket, sys
client_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client_socket.sendto("Hello, UDP Server 你好".encode("utf-8"), ("127.0.0.1", int(sys.argv[1])))
response, address = client_socket.recvfrom(1024)
print("Received from server:", response.decode("utf-8"), flush=True)
client_socket.close()
"""
