/* bare PORT COUNT: nothing but the datagrams of so many registrations, of the sizes that holdfast's
 * have, then those of as many refreshes, in batches and from one socket: what the kernel takes, and
 * so what no client can go below. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/measure.h"

enum { BATCH = 64, PACKET = 2048, PLAIN_BYTES = 423, CREDENTIALS_BYTES = 668 };

static const char credentials[] = "Authorization: Digest username=\"user000001\"\r\n";

/* As the responder reads it: filled up to so many bytes. */
static size_t request_write(char *packet, size_t bytes, const char *more) {
    size_t len =
        (size_t)snprintf(packet, PACKET,
                         "REGISTER sip:127.0.0.1 SIP/2.0\r\n"
                         "Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK000000012e4b7a10;rport\r\n"
                         "From: <sip:user000001@127.0.0.1>;tag=9f1c2b3a4d5e6f70\r\n"
                         "To: <sip:user000001@127.0.0.1>\r\n"
                         "Call-ID: 0f1e2d3c4b5a69788796a5b4c3d2e1f0\r\n"
                         "CSeq: 1 REGISTER\r\n"
                         "Contact: <sip:user000001@127.0.0.1:40000;line=0badcafe>\r\n%sX: ",
                         more);

    while (len < bytes - 4)
        packet[len++] = 'x';
    memcpy(packet + len, "\r\n\r\n", 4);
    return len + 4;
}

static void exchange(int fd, struct mmsghdr *sends, struct mmsghdr *receives, long count) {
    for (long done = 0; done < count;) {
        unsigned batch = count - done < BATCH ? (unsigned)(count - done) : BATCH;
        int sent = sendmmsg(fd, sends, batch, 0);

        if (sent <= 0)
            exit(1);
        for (int got = 0; got < sent;) {
            int n = recvmmsg(fd, receives, BATCH, MSG_WAITFORONE, NULL);

            if (n <= 0)
                exit(1);
            got += n;
        }
        done += sent;
    }
}

int main(int argc, char **argv) {
    static char plain[PACKET], answering[PACKET], in[BATCH][PACKET];
    struct sockaddr_in peer = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct iovec out_parts[2] = {
        {plain, request_write(plain, PLAIN_BYTES, "")},
        {answering, request_write(answering, CREDENTIALS_BYTES, credentials)}};
    struct mmsghdr sends[2][BATCH], receives[BATCH];
    struct iovec in_parts[BATCH];
    long count = argc > 2 ? atol(argv[2]) : 1000;
    const struct timeval patience = {.tv_sec = 2};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (int i = 0; i < BATCH; i++) {
        in_parts[i] = (struct iovec){in[i], PACKET};
        receives[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1};
        for (int kind = 0; kind < 2; kind++)
            sends[kind][i].msg_hdr = (struct msghdr){.msg_name = &peer,
                                                     .msg_namelen = sizeof peer,
                                                     .msg_iov = &out_parts[kind],
                                                     .msg_iovlen = 1};
    }
    struct measure start = measure_now();

    exchange(fd, sends[0], receives, count);
    exchange(fd, sends[1], receives, count);
    measure_tell("registration", count, 0, &start, &start);
    struct measure begin = measure_now();

    exchange(fd, sends[1], receives, count);
    measure_tell("refresh", count, 0, &start, &begin);
    return 0;
}
