#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { LAST = 60, WINDOW = 8 };

int main(int count, char **arguments) {
    (void)count;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    inet_pton(AF_INET, arguments[1], &to.sin_addr);
    int s = socket(AF_INET, SOCK_DGRAM, 0), next = 1, answered[LAST + 1] = {0}, base = 1;
    struct timeval timer = {.tv_usec = 300000};
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &timer, sizeof timer);
    char text[256];
    while (base <= LAST) {
        for (; next <= LAST && next < base + WINDOW; next++) {
            int length = snprintf(text, sizeof text, "%s %d", arguments[3], next);
            sendto(s, text, length, 0, (struct sockaddr *)&to, sizeof to);
        }
        int got = recv(s, text, sizeof text - 1, 0);
        if (got >= 0) {
            text[got] = 0;
            int number = atoi(text);
            if (number >= 1 && number <= LAST) answered[number] = 1;
        } else {
            for (int n = base; n < next; n++) {
                if (answered[n]) continue;
                int length = snprintf(text, sizeof text, "%s %d", arguments[3], n);
                sendto(s, text, length, 0, (struct sockaddr *)&to, sizeof to);
            }
        }
        while (base <= LAST && answered[base]) base++;
    }
    int length = snprintf(text, sizeof text, "%s done", arguments[3]);
    sendto(s, text, length, 0, (struct sockaddr *)&to, sizeof to);
    return 0;
}
