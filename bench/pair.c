/* pair LIMIT GRANT ACCOUNTS ADDRESS PORT ADDRESS PORT: two registrars that take LIMIT REGISTERs a
 * second each and drop what is above, for bench/million. Users are called by a number below
 * ACCOUNTS after one letter. They check no password, but they remember: who is bound where and
 * until when, who was bound nowhere for a while, what came twice, and the most REGISTERs in any
 * second, by the kernel's time of their arrival.
 * Standard input takes lines: "deaf N" and "hear N" (a registrar that is frozen, and not), "tell"
 * (a line of JSON). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include <signal.h>

#include "base/assert.h"
#include "base/writer.h"
#include "bench/responder.h"

enum { BATCH = 64, PACKET = 2048, BUFFER_BYTES = 64 << 20, SLICES = 1000, SERVERS = 2 };

struct user {
    uint32_t ends[SERVERS]; /* second of this process; 0: not bound there */
    uint32_t cseq[SERVERS];
    char contact[64]; /* the URI that was bound last, in brackets */
};

/* How many came in the last second, in slices of a millisecond. */
struct window {
    uint32_t slices[SLICES];
    uint64_t at; /* the slice of the last one */
    uint32_t sum;
    uint32_t peak;
};

struct server {
    int fd;
    bool deaf;
    struct window window;
    uint64_t requests, twice, dropped, unheard;
    uint32_t peak_since; /* the last "tell" */
};

static struct server servers[SERVERS];
static struct user *users;
static uint32_t user_count, limit, grant;
static uint64_t gaps;
static struct timespec began;

static uint32_t second_of(const struct timespec *at) {
    return (uint32_t)(at->tv_sec - began.tv_sec) + 1;
}

/* Another request in this millisecond; returns how many there were in the second that it ends. */
static uint32_t window_count(struct window *window, const struct timespec *at) {
    const uint64_t slice = (uint64_t)at->tv_sec * 1000 + (uint64_t)at->tv_nsec / 1000000;

    if (slice > window->at + SLICES) {
        memset(window->slices, 0, sizeof window->slices);
        window->sum = 0;
        window->at = slice;
    }
    while (window->at < slice) {
        uint32_t *oldest = &window->slices[++window->at % SLICES];

        window->sum -= *oldest;
        *oldest = 0;
    }
    window->slices[window->at % SLICES]++;
    return ++window->sum;
}

/* The number that follows `before` in the request, from the first digit on; UINT32_MAX: none. */
static uint32_t number_after(struct hf_slice request, const char *before) {
    const char *found = memmem(request.ptr, request.len, before, strlen(before));

    if (!found)
        return UINT32_MAX;
    const char *at = found + strlen(before), *end = request.ptr + request.len;
    uint32_t value = 0;

    while (at < end && (*at < '0' || *at > '9'))
        at++;
    while (at < end && *at >= '0' && *at <= '9')
        value = value * 10 + (uint32_t)(*at++ - '0');
    return value;
}

static bool is_bound(const struct user *user, uint32_t now) {
    return user->ends[0] > now || user->ends[1] > now;
}

static void bind_user(struct user *user, unsigned server, bool removal, uint32_t now) {
    const bool known = user->ends[0] != 0 || user->ends[1] != 0;

    if (!removal && known && !is_bound(user, now))
        gaps++;
    user->ends[server] = removal ? 0 : now + grant;
}

/* The URI in the request's Contact, with its brackets. */
static struct hf_slice contact_of(struct hf_slice request) {
    static const char field[] = "\r\nContact: ";
    const char *found = memmem(request.ptr, request.len, field, sizeof field - 1);

    if (!found)
        return SLICE_NONE;
    found += sizeof field - 1;
    const struct hf_slice rest = slice_of(found, (size_t)(request.ptr + request.len - found));
    const size_t end = slice_index(rest, '>');

    return end < rest.len ? slice_of(found, end + 1) : SLICE_NONE;
}

static void remember_contact(struct user *user, struct hf_slice contact) {
    HF_ASSERT(contact.len < sizeof user->contact);
    memcpy(user->contact, contact.ptr, contact.len);
    user->contact[contact.len] = 0;
}

/* A REGISTER without Contact asks what is bound (RFC 3261 section 10.2.3): it is answered as if it
 * had that Contact. */
static struct hf_slice tell_bound(const struct user *user, unsigned number, struct hf_slice request,
                                  uint32_t now, char *buffer) {
    char text[PACKET];
    struct writer w = writer_of(text, sizeof text);
    const uint32_t end = user->ends[number];
    const size_t line = slice_index(request, '\n');

    if (end <= now || line == request.len)
        return responder_answer(request, 0, buffer, PACKET);
    writer_put(&w, request.ptr, line + 1);
    writer_put_literal(&w, "Contact: ");
    writer_put_slice(&w, slice_from(user->contact));
    writer_put_literal(&w, "\r\n");
    writer_put(&w, request.ptr + line + 1, request.len - line - 1);
    return responder_answer(writer_slice(&w), end - now, buffer, PACKET);
}

static struct hf_slice answer(struct hf_slice request, unsigned number, const struct timespec *at,
                              char *buffer) {
    struct server *server = &servers[number];
    const uint32_t who = number_after(request, "From: "), cseq = number_after(request, "CSeq: ");
    const bool removal = number_after(request, "\r\nExpires: ") == 0;
    const uint32_t in_second = window_count(&server->window, at);

    server->requests++;
    if (in_second > server->window.peak)
        server->window.peak = in_second;
    if (in_second > server->peak_since)
        server->peak_since = in_second;
    if (in_second > limit)
        server->dropped++;
    if (who >= user_count || in_second > limit)
        return SLICE_NONE;
    server->twice += users[who].cseq[number] == cseq;
    users[who].cseq[number] = cseq;
    const struct hf_slice contact = contact_of(request);

    if (contact.len == 0)
        return tell_bound(&users[who], number, request, second_of(at), buffer);
    remember_contact(&users[who], contact);
    if (memmem(request.ptr, request.len, "\r\nAuthorization: ", 17))
        bind_user(&users[who], number, removal, second_of(at));
    return responder_answer(request, removal ? 0 : grant, buffer, PACKET);
}

static struct timespec arrival_of(struct msghdr *message) {
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS)
            memcpy(&at, CMSG_DATA(c), sizeof at);
    return at;
}

static void send_all(int fd, struct mmsghdr *answers, unsigned count) {
    for (unsigned sent = 0; sent < count;) {
        int n = sendmmsg(fd, answers + sent, count - sent, 0);

        if (n < 0)
            break;
        sent += (unsigned)n;
    }
}

static void serve(unsigned number) {
    static char in[BATCH][PACKET], out[BATCH][PACKET];
    static _Alignas(struct cmsghdr) char control[BATCH][64];
    static struct sockaddr_in peers[BATCH];
    struct mmsghdr received[BATCH], answers[BATCH];
    struct iovec parts[BATCH], answer_parts[BATCH];
    unsigned count = 0;

    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){in[i], PACKET};
        received[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                              .msg_namelen = sizeof peers[i],
                                              .msg_iov = &parts[i],
                                              .msg_iovlen = 1,
                                              .msg_control = control[i],
                                              .msg_controllen = sizeof control[i]};
    }
    int got = recvmmsg(servers[number].fd, received, BATCH, MSG_DONTWAIT, NULL);

    for (int i = 0; i < got; i++) {
        const struct timespec at = arrival_of(&received[i].msg_hdr);

        servers[number].unheard += servers[number].deaf;
        if (servers[number].deaf)
            continue;
        struct hf_slice bytes =
            answer(slice_of(in[i], received[i].msg_len), number, &at, out[count]);

        if (bytes.len == 0)
            continue;
        answer_parts[count] = (struct iovec){out[count], bytes.len};
        answers[count].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                                 .msg_namelen = sizeof peers[i],
                                                 .msg_iov = &answer_parts[count],
                                                 .msg_iovlen = 1};
        count++;
    }
    send_all(servers[number].fd, answers, count);
}

static void tell(void) {
    uint64_t at[SERVERS] = {0}, anywhere = 0, known = 0;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    for (uint32_t i = 0; i < user_count; i++) {
        for (unsigned s = 0; s < SERVERS; s++)
            at[s] += users[i].ends[s] > second_of(&now);
        anywhere += is_bound(&users[i], second_of(&now));
        known += users[i].ends[0] != 0 || users[i].ends[1] != 0;
    }
    printf("{\"bound\": %lu, \"lapsed\": %lu, \"gaps\": %lu, \"servers\": [", anywhere,
           known - anywhere, gaps);
    for (unsigned s = 0; s < SERVERS; s++) {
        printf("%s{\"bound\": %lu, \"requests\": %lu, \"peak\": %u, \"peak_since\": %u, "
               "\"twice\": %lu, \"over\": %lu, \"unheard\": %lu}",
               s ? ", " : "", at[s], servers[s].requests, servers[s].window.peak,
               servers[s].peak_since, servers[s].twice, servers[s].dropped, servers[s].unheard);
        servers[s].peak_since = 0;
    }
    printf("]}\n");
    fflush(stdout);
}

/* False: nobody is there any more. */
static bool obey(void) {
    char line[64];
    unsigned number = 0;

    if (!fgets(line, sizeof line, stdin))
        return false;
    if (strcmp(line, "tell\n") == 0)
        tell();
    else if (sscanf(line, "deaf %u", &number) == 1 && number < SERVERS)
        servers[number].deaf = true;
    else if (sscanf(line, "hear %u", &number) == 1 && number < SERVERS)
        servers[number].deaf = false;
    else
        fprintf(stderr, "pair: what is %s", line);
    return true;
}

static int open_server(const char *address, const char *port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int bytes = BUFFER_BYTES, on = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (inet_pton(AF_INET, address, &name.sin_addr) != 1 || fd < 0 ||
        bind(fd, (struct sockaddr *)&name, sizeof name) ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on)) {
        perror(address);
        exit(1);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    return fd;
}

int main(int argc, char **argv) {
    struct pollfd waits[SERVERS + 1] = {{.events = POLLIN}};

    if (argc != 4 + 2 * SERVERS)
        return 2;
    limit = (uint32_t)atol(argv[1]);
    grant = (uint32_t)atol(argv[2]);
    user_count = (uint32_t)atol(argv[3]);
    users = calloc(user_count, sizeof *users);
    HF_ASSERT(users);
    clock_gettime(CLOCK_REALTIME, &began);
    setvbuf(stdin, NULL, _IONBF, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned s = 0; s < SERVERS; s++)
        waits[1 + s] = (struct pollfd){
            .events = POLLIN, .fd = servers[s].fd = open_server(argv[4 + 2 * s], argv[5 + 2 * s])};
    printf("ready\n");
    fflush(stdout);
    while (poll(waits, SERVERS + 1, -1) >= 0) {
        for (unsigned s = 0; s < SERVERS; s++)
            if (waits[1 + s].revents)
                serve(s);
        if (waits[0].revents && !obey())
            break;
    }
    return 0;
}
