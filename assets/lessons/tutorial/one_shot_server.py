import socket


def tcp_server():
    # 创建TCP Socket并绑定地址
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.bind(("127.0.0.1", 12345))
    # 开始监听（最大连接数5）
    server_socket.listen(5)
    print("Server is listening...")
    while True:
        # 接受客户端连接
        client_socket, client_addr = server_socket.accept()
        print(f"Connection from {client_addr}")
        # 接收数据
        message = client_socket.recv(1024)
        # 发送响应（需编码为字节流）
        client_socket.send(b"Hello, Client")
        # 关闭客户端连接
        client_socket.close()


if __name__ == "__main__":
    tcp_server()
