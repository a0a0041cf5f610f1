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
    char words[11][64] = {""};
    for (;;) {
        char card[128] = "", word[64];
        int number;
        if (recv(s, card, 127, 0) <= 0) return 1;
        if (strcmp(card, "end") == 0) break;
        if (sscanf(card, "%d %63s", &number, word) != 2 || number < 1 || number > 10) return 1;
        strcpy(words[number], word);
        char answer[32];
        int length = snprintf(answer, sizeof answer, "%d ok", number);
        sendto(s, answer, length, 0, (struct sockaddr *)&to, sizeof to);
    }
    char all[1024] = "all";
    for (int n = 1; n <= 10; n++) {
        strcat(all, " ");
        strcat(all, words[n]);
    }
    sendto(s, all, strlen(all), 0, (struct sockaddr *)&to, sizeof to);
    return 0;
}
