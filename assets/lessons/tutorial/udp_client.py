import socket


def udp_client():
    # 创建UDP Socket
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # 直接发送数据（需指定目标地址）
    client_socket.sendto("Hello, UDP Server".encode("utf-8"), ("127.0.0.1", 12345))
    # 接收响应（返回数据和服务器地址）
    response, server_addr = client_socket.recvfrom(1024)
    print(f"Received from {server_addr}: {response.decode('utf-8')}")
    client_socket.close()


if __name__ == "__main__":
    udp_client()
