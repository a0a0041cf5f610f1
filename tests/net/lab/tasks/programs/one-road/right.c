#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

enum { LAST = 300 };
static double sent[LAST + 1]; /* when; 0: waits to be sent; -1: answered */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    (void)count;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    inet_pton(AF_INET, arguments[1], &to.sin_addr);
    int s = socket(AF_INET, SOCK_DGRAM, 0), answered = 0, under_way = 0;
    struct timeval wait = {.tv_usec = 20000};
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    double window = 2, slowed = 0;
    char text[256];
    while (answered < LAST) {
        for (int n = 1; n <= LAST && under_way < (int)window; n++) {
            if (sent[n] != 0) continue;
            int length = snprintf(text, sizeof text, "%s %d", arguments[3], n);
            sendto(s, text, length, 0, (struct sockaddr *)&to, sizeof to);
            sent[n] = now();
            under_way++;
        }
        int got = recv(s, text, 255, 0), n = got > 0 ? (text[got] = 0, atoi(text)) : 0;
        if (n >= 1 && n <= LAST && sent[n] >= 0) {
            if (sent[n] > 0) under_way--;
            sent[n] = -1;
            answered++;
            window += 1 / window;
        }
        for (int each = 1; each <= LAST; each++) {
            if (sent[each] <= 0 || now() - sent[each] < 1.5) continue;
            sent[each] = 0;
            under_way--;
            if (now() - slowed > 1.5) {
                window = window > 2 ? window / 2 : 1;
                slowed = now();
            }
        }
    }
    int length = snprintf(text, sizeof text, "%s done", arguments[3]);
    sendto(s, text, length, 0, (struct sockaddr *)&to, sizeof to);
    return 0;
}
