import socket


def tcp_chat_server():
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.bind(("127.0.0.1", 12345))
    server_socket.listen(5)
    print("Server is waiting for connection...")
    # 接受客户端连接
    client_socket, client_addr = server_socket.accept()
    print(f"Connection established with {client_addr}")
    while True:
        # 接收客户端消息
        message = client_socket.recv(1024)
        if not message:
            break  # 无数据则退出
        print(f"Client: {message.decode('utf-8')}")
        # 服务器输入响应
        response = input("You: ")
        client_socket.send(response.encode("utf-8"))
    client_socket.close()
    server_socket.close()


if __name__ == "__main__":
    tcp_chat_server()
