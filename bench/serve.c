/* serve [SECONDS]: the responder as a process of its own. Serves on a free port of 127.0.0.1, which
 * it prints, grants SECONDS (3600), and moves datagrams in batches. bench/run reads from outside
 * how much CPU it takes and whether its socket dropped anything. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <signal.h>

#include "bench/responder.h"

enum { BATCH = 64, PACKET = 2048, BUFFER_BYTES = 64 << 20 };

static unsigned grant = 3600;

static unsigned answer_all(const struct mmsghdr *received, int got, struct mmsghdr *answers) {
    static char out[BATCH][PACKET];
    static struct iovec parts[BATCH];
    unsigned count = 0;

    for (int i = 0; i < got; i++) {
        struct hf_slice request =
            slice_of(received[i].msg_hdr.msg_iov->iov_base, received[i].msg_len);
        struct hf_slice answer = responder_answer(request, grant, out[count], PACKET);

        if (answer.len == 0)
            continue;
        parts[count] = (struct iovec){out[count], answer.len};
        answers[count].msg_hdr = (struct msghdr){.msg_name = received[i].msg_hdr.msg_name,
                                                 .msg_namelen = received[i].msg_hdr.msg_namelen,
                                                 .msg_iov = &parts[count],
                                                 .msg_iovlen = 1};
        count++;
    }
    return count;
}

static void serve(int fd) {
    static char in[BATCH][PACKET];
    static struct sockaddr_in peers[BATCH];
    struct mmsghdr received[BATCH], answers[BATCH];
    struct iovec parts[BATCH];

    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){in[i], PACKET};
            received[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                                  .msg_namelen = sizeof peers[i],
                                                  .msg_iov = &parts[i],
                                                  .msg_iovlen = 1};
        }
        int got = recvmmsg(fd, received, BATCH, MSG_WAITFORONE, NULL);
        unsigned count = answer_all(received, got, answers);

        for (unsigned sent = 0; sent < count;) {
            int n = sendmmsg(fd, answers + sent, count - sent, 0);

            if (n < 0)
                break;
            sent += (unsigned)n;
        }
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int bytes = BUFFER_BYTES, fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc > 1)
        grant = (unsigned)atoi(argv[1]);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        return 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    serve(fd);
}
