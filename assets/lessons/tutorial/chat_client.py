import socket


def tcp_chat_client():
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client_socket.connect(("127.0.0.1", 12345))
    while True:
        # 获取用户输入
        message = input("You: ")
        if message.lower() == "exit":
            break  # 输入exit退出
        # 发送消息
        client_socket.send(message.encode("utf-8"))
        # 接收服务器响应
        response = client_socket.recv(1024)
        print(f"Server: {response.decode('utf-8')}")
    client_socket.close()


if __name__ == "__main__":
    tcp_chat_client()
