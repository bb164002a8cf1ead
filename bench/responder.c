#include "bench/responder.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/writer.h"

enum { BATCH = 64, PACKET = 2048, BUFFER_BYTES = 64 << 20 };

/* The line of the request that begins with `name`, its end included; empty when there is none. */
static struct hf_slice line_of(struct hf_slice request, const char *name) {
    const char *start = memmem(request.ptr, request.len, name, strlen(name));
    struct hf_slice rest = SLICE_NONE;

    if (start) {
        rest = slice_of(start, request.len - (size_t)(start - request.ptr));
        rest.len = slice_index(rest, '\n') + 1;
    }
    return rest;
}

struct hf_slice responder_answer(struct hf_slice request, char *buffer, size_t size) {
    static const char *const copied[] = {"Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "};
    bool authorized = line_of(request, "Authorization: ").len > 0;
    struct hf_slice contact = line_of(request, "Contact: ");
    struct writer w = writer_of(buffer, size);

    if (contact.len < 2)
        return SLICE_NONE;
    writer_put_slice(&w, authorized ? SLICE("SIP/2.0 200 OK\r\n")
                                    : SLICE("SIP/2.0 401 Unauthorized\r\n"));
    for (int i = 0; i < 5; i++)
        writer_put_slice(&w, line_of(request, copied[i]));
    if (authorized) {
        writer_put(&w, contact.ptr, contact.len - 2);
        writer_put_literal(&w, ";expires=3600\r\n");
    } else {
        writer_put_literal(&w, "WWW-Authenticate: Digest realm=\"example.com\", qop=\"auth\", "
                               "nonce=\"Y0aXnGNGlmv+7NQ3bCzUyqV0F+5Z6xY1\", algorithm=MD5\r\n");
    }
    writer_put_literal(&w, "Content-Length: 0\r\n\r\n");
    return writer_slice(&w);
}

static void serve(int fd) {
    static char in[BATCH][PACKET], out[BATCH][PACKET];
    static struct sockaddr_in peers[BATCH];
    struct mmsghdr received[BATCH], answers[BATCH];
    struct iovec in_parts[BATCH], out_parts[BATCH];

    for (;;) {
        unsigned count = 0;

        for (int i = 0; i < BATCH; i++) {
            in_parts[i] = (struct iovec){in[i], PACKET};
            received[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                                  .msg_namelen = sizeof peers[i],
                                                  .msg_iov = &in_parts[i],
                                                  .msg_iovlen = 1};
        }
        int got = recvmmsg(fd, received, BATCH, MSG_WAITFORONE, NULL);

        for (int i = 0; i < got; i++) {
            struct hf_slice answer =
                responder_answer(slice_of(in[i], received[i].msg_len), out[count], PACKET);

            if (answer.len == 0)
                continue;
            out_parts[count] = (struct iovec){out[count], answer.len};
            answers[count].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                                     .msg_namelen = sizeof peers[i],
                                                     .msg_iov = &out_parts[count],
                                                     .msg_iovlen = 1};
            count++;
        }
        for (unsigned sent = 0; sent < count;) {
            int n = sendmmsg(fd, answers + sent, count - sent, 0);

            if (n < 0)
                break;
            sent += (unsigned)n;
        }
    }
}

pid_t responder_start(uint16_t *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int bytes = BUFFER_BYTES, fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    *ret_port = ntohs(address.sin_port);
    pid_t child = fork();

    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd);
        _exit(0);
    }
    close(fd);
    return child;
}
