#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments) {
    (void)count;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    inet_pton(AF_INET, arguments[1], &to.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&to, sizeof to) != 0) return 1;
    dprintf(s, "%s\n", arguments[3]);
    char line[512] = "got ";
    int length = 4;
    while (length < 511 && recv(s, line + length, 1, 0) == 1) {
        if (line[length++] == '\n') {
            send(s, line, length, 0);
            length = 4;
        }
    }
    close(s);
    return 0;
}
