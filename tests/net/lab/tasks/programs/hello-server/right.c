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
    char number[64];
    int length = 0;
    while (length < 63 && (length == 0 || number[length - 1] != '\n')) {
        if (recv(s, number + length, 1, 0) != 1) return 1;
        length++;
    }
    char answer[64];
    for (int at = 0; at < length - 1; at++) answer[at] = number[length - 2 - at];
    answer[length - 1] = '\n';
    if (send(s, answer, length, 0) != length) return 1;
    close(s);
    return 0;
}
