#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int count, char **arguments) {
    (void)count;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    inet_pton(AF_INET, arguments[1], &to.sin_addr);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    sendto(s, arguments[3], strlen(arguments[3]), 0, (struct sockaddr *)&to, sizeof to);
    int done[11] = {0}, left = 10;
    while (left > 0) {
        char card[256] = "";
        int number, a, b;
        if (recv(s, card, 255, 0) <= 0) return 1;
        if (sscanf(card, "%d %d %d", &number, &a, &b) != 3 || number < 1 || number > 10) return 1;
        if (done[number]++) continue;
        left--;
        char answer[64];
        int length = snprintf(answer, sizeof answer, "%d %d", number, a + b);
        sendto(s, answer, length, 0, (struct sockaddr *)&to, sizeof to);
    }
    return 0;
}
