/* hostile_server ADDRESS PORT:KIND...: listens on TCP at each port and treats whoever connects as
 * KIND says, until it is killed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LISTENERS_MAX = 16, CLIENTS_MAX = 64, TICK_MS = 50, BYTES = 16384 };

enum kind {
    SILENT,  /* takes everything, says nothing */
    DEAF,    /* takes nothing, says nothing */
    TRICKLE, /* the beginning of an answer, a byte a second */
    GARBAGE, /* bytes that are nothing, without end */
    HEADERS, /* an answer whose header fields have no end */
    LENGTH,  /* an answer with a body of four gigabytes */
    PINGS,   /* pings without end, whose pongs it does not take */
    REFUSES, /* answers with 503, and closes */
    STALLS,  /* the beginning of a TLS handshake, a byte a second */
    KINDS,
};

static const char *const names[KINDS] = {"silent", "deaf",  "trickle", "garbage", "headers",
                                         "length", "pings", "refuses", "stalls"};

/* What it begins with, and what it goes on with. */
static const char *const heads[KINDS] = {
    [HEADERS] = "SIP/2.0 200 OK\r\n",
    [LENGTH] = "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nContent-Length: 4000000000\r\n\r\n",
};
static const char *const rests[KINDS] = {
    [TRICKLE] = "SIP/2.0 200 OK with a reason that goes on, and on, and on, and on, and on",
    [GARBAGE] = "\x01\xfe nothing that anybody could understand \x7f\x80",
    [HEADERS] = "X-More: and more, and more, and more, and more, and more, and more\r\n",
    [LENGTH] = "the body of this message goes on, and on, and on, and on, and on",
    [PINGS] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
    [STALLS] = "\x16\x03\x03\x3f\xff\x02",
};

static struct listener {
    int fd;
    enum kind kind;
} listeners[LISTENERS_MAX];

static struct client {
    int fd; /* -1: none */
    enum kind kind;
    size_t sent;
    time_t said_at;
    char request[BYTES];
    size_t len;
} clients[CLIENTS_MAX];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void listen_at(struct listener *listener, const char *address, const char *argument) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    const char *name = strchr(argument, ':');
    int on = 1;

    at.sin_port = htons((uint16_t)atoi(argument));
    for (int kind = 0; name && kind < KINDS; kind++)
        if (strcmp(name + 1, names[kind]) == 0)
            listener->kind = (enum kind)kind;
    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
        bind(listener->fd, (struct sockaddr *)&at, sizeof at) || listen(listener->fd, 16))
        fail(argument);
}

static void take_in(const struct listener *listener) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK);

    for (size_t i = 0; fd >= 0 && i < CLIENTS_MAX; i++) {
        if (clients[i].fd >= 0)
            continue;
        clients[i] = (struct client){.fd = fd, .kind = listener->kind};
        return;
    }
    if (fd >= 0)
        close(fd);
}

static void drop(struct client *client) {
    close(client->fd);
    client->fd = -1;
}

/* The header fields that an answer copies. */
static void refuse(struct client *client) {
    static const char *const copied[] = {"Via:", "From:", "To:", "Call-ID:", "CSeq:"};
    char answer[BYTES] = "SIP/2.0 503 Service Unavailable\r\n";
    char *rest = client->request;

    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
            if (strncasecmp(line, copied[i], strlen(copied[i])) == 0)
                strncat(strncat(answer, line, BYTES - strlen(answer) - 2), "\n", 2);
    strncat(answer, "Content-Length: 0\r\n\r\n", BYTES - strlen(answer) - 1);
    (void)!write(client->fd, answer, strlen(answer));
    drop(client);
}

static void hear(struct client *client) {
    char bytes[BYTES];
    ssize_t count = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (count == 0 || (count < 0 && errno != EAGAIN)) {
        drop(client);
        return;
    }
    if (client->kind != REFUSES || count < 0)
        return;
    if (client->len + (size_t)count < sizeof client->request)
        memcpy(client->request + client->len, bytes, (size_t)count), client->len += (size_t)count;
    if (strstr(client->request, "\r\n\r\n"))
        refuse(client);
}

/* As much as the peer takes, at most so much in one go. */
static void pour(struct client *client) {
    const char *head = heads[client->kind], *rest = rests[client->kind];
    const size_t len = strlen(rest);

    if (client->sent == 0 && head && send(client->fd, head, strlen(head), MSG_NOSIGNAL) < 0)
        return;
    for (unsigned i = 0; i < 2000; i++) {
        ssize_t count = send(client->fd, rest, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (count < 0 && errno != EAGAIN)
            drop(client);
        if (count < 0)
            return;
        client->sent += (size_t)count;
    }
}

static void drip(struct client *client) {
    const char *rest = rests[client->kind];

    if (client->said_at == time(NULL))
        return;
    client->said_at = time(NULL);
    if (send(client->fd, rest + client->sent++ % strlen(rest), 1, MSG_NOSIGNAL) < 0)
        drop(client);
}

static void act(struct client *client) {
    switch (client->kind) {
    case TRICKLE:
    case STALLS:
        drip(client);
        break;
    case GARBAGE:
    case HEADERS:
    case LENGTH:
    case PINGS:
        pour(client);
        break;
    case SILENT:
    case DEAF:
    case REFUSES:
    case KINDS:
        break;
    }
    if (client->fd >= 0 && client->kind != DEAF && client->kind != PINGS)
        hear(client);
}

int main(int argc, char **argv) {
    struct pollfd polls[LISTENERS_MAX] = {0};
    size_t count = 0;

    for (size_t i = 0; i < CLIENTS_MAX; i++)
        clients[i].fd = -1;
    for (int i = 2; i < argc && count < LISTENERS_MAX; i++)
        listen_at(&listeners[count++], argv[1], argv[i]);
    puts("listening");
    fflush(stdout);
    for (;;) {
        for (size_t i = 0; i < count; i++)
            polls[i] = (struct pollfd){.fd = listeners[i].fd, .events = POLLIN};
        (void)poll(polls, count, TICK_MS);
        for (size_t i = 0; i < count; i++)
            if (polls[i].revents)
                take_in(&listeners[i]);
        for (size_t i = 0; i < CLIENTS_MAX; i++)
            if (clients[i].fd >= 0)
                act(&clients[i]);
    }
}
