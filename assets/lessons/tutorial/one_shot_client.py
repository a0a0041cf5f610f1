import socket


def tcp_client():
    # 创建TCP Socket（IPv4 + TCP协议）
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # 连接服务器（本地回环地址，端口12345）
    client_socket.connect(("127.0.0.1", 12345))
    # 发送数据（需编码为字节流）
    client_socket.send("Hello, Server".encode("utf-8"))
    # 接收响应（最多1024字节）
    response = client_socket.recv(1024)
    print("Received from server:", response.decode("utf-8"))
    # 关闭连接
    client_socket.close()


if __name__ == "__main__":
    tcp_client()
