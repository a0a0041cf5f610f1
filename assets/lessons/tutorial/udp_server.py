import socket


def udp_server():
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server_socket.bind(("127.0.0.1", 12345))
    print("Server is listening...")
    while True:
        # 接收数据（返回数据和客户端地址）
        message, client_addr = server_socket.recvfrom(1024)
        print(f"Received from {client_addr}: {message.decode('utf-8')}")
        # 向客户端发送响应
        server_socket.sendto(b"Hello, UDP Client", client_addr)


if __name__ == "__main__":
    udp_server()
