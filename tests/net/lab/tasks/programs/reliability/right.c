#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

int main(int count, char **arguments) {
    (void)count;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    inet_pton(AF_INET, arguments[1], &to.sin_addr);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval timer = {.tv_usec = 300000};
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &timer, sizeof timer);
    char question[256];
    for (int n = 1; n <= 10; n++) {
        char answer[64] = "", wanted[16];
        snprintf(wanted, sizeof wanted, "%d ok", n);
        int length = snprintf(question, sizeof question, "%s %d", arguments[3], n);
        while (strcmp(answer, wanted) != 0) {
            sendto(s, question, length, 0, (struct sockaddr *)&to, sizeof to);
            for (int got; (got = recv(s, answer, 63, 0)) >= 0;) {
                answer[got] = 0;
                if (strcmp(answer, wanted) == 0) break;
            }
        }
    }
    int length = snprintf(question, sizeof question, "%s done", arguments[3]);
    sendto(s, question, length, 0, (struct sockaddr *)&to, sizeof to);
    return 0;
}
