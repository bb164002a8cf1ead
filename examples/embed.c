/* embed ADDRESS PORT USER PASSWORD: keeps one account registered, in a poll loop of its own.
 * cc embed.c $(pkg-config --cflags --libs holdfast) -o embed */
#include <arpa/inet.h>
#include <holdfast/agent.h>
#include <holdfast/settings.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static hf_time now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (hf_time)t.tv_sec * HF_SECOND + (hf_time)t.tv_nsec / 1000;
}

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    /* One UDP socket, connected to the only server: so the system says what our address is. */
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    socklen_t a_len = sizeof a;
    inet_pton(AF_INET, argv[1], &a.sin_addr);
    if (connect(fd, (void *)&a, a_len) || getsockname(fd, (void *)&a, &a_len))
        return 1;
    struct hf_address local = {.family = HF_FAMILY_IPV4, .port = ntohs(a.sin_port)}, from = local;
    memcpy(local.ip, &a.sin_addr, 4);

    struct hf_settings *settings;
    struct hf_agent_options options = {0};
    struct hf_agent *agent;
    hf_account_id account;
    hf_path_id path = 0;
    if (getrandom(options.seed, sizeof options.seed, 0) < 0 ||
        hf_settings_create(NULL, &settings) ||
        hf_settings_set(settings, "servers[1].address", argv[1], NULL) ||
        hf_settings_set(settings, "servers[1].port", argv[2], NULL) ||
        hf_settings_set(settings, "user", argv[3], NULL) ||
        hf_settings_set(settings, "password", argv[4], NULL) ||
        hf_agent_create(&options, &agent, now()) ||
        hf_agent_add_account(agent, settings, 0, &account, now()))
        return 1;
    for (;; hf_agent_expire(agent, now())) {
        struct hf_output out;
        while (hf_agent_next_output(agent, &out)) { /* what the agent wants done */
            if (out.kind == HF_OUTPUT_OPEN)
                hf_agent_path_opened(agent, path = out.open.path, &local, now());
            else if (out.kind == HF_OUTPUT_SEND)
                (void)send(fd, out.send.bytes.ptr, out.send.bytes.len, 0);
            else if (out.kind == HF_OUTPUT_EVENT)
                fprintf(stderr, "%s %u\n", hf_event_name(out.event.kind), out.event.status);
        }
        hf_time at = hf_agent_deadline(agent), t = now(); /* what it waits for */
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        char bytes[65536];
        if (poll(&wait, 1, at > t ? (int)((at - t) / HF_MILLISECOND) + 1 : 0) > 0) {
            ssize_t len = recv(fd, bytes, sizeof bytes, 0);
            if (len >= 0)
                hf_agent_receive(agent, path, &from, bytes, (size_t)len, now());
            else
                hf_agent_path_failed(agent, path, HF_PATH_REFUSED, NULL, now());
        }
    }
}
