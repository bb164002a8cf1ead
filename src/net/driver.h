/* Drives one agent with the real world: sockets, DNS and time, on one uv loop. */
#ifndef NET_DRIVER_H
#define NET_DRIVER_H

#include <uv.h>

#include "holdfast/agent.h"
#include "net/paths.h"

struct net_driver;

struct net_options {
    /* DNS server as "ADDR" or "ADDR:PORT" ("[v6]:PORT"), or the path of a file like
     * /etc/resolv.conf; NULL: the system's. A file is followed when it changes. */
    const char *dns_server;
    hf_time dns_timeout; /* 0 = 8 s */
    /* Told of every event, in order; may call the agent, but not net_driver_close. */
    void (*on_event)(void *user, const struct hf_event *event);
    /* Told what whoever runs this should know, that a certificate is not verified say; may be
     * NULL. */
    void (*on_warning)(void *user, const char *text);
    /* Every message in and out, for traces; may be NULL. Of a stream, what comes in is handed on in
     * the pieces in which it comes. */
    void (*on_message)(void *user, bool sent, const struct hf_address *peer, const char *bytes,
                       size_t len);
    void *user;
    struct net_ports ports;
};

/* The agent stays its owner's and must outlive the driver. Negative errno; *ret_error then says
 * more (static). */
int net_driver_create(uv_loop_t *loop, struct hf_agent *agent, const struct net_options *options,
                      struct net_driver **ret, const char **ret_error);

/* Does what the agent wants done. To be called after every direct call on the agent. */
void net_driver_pump(struct net_driver *driver);

/* Closes everything; `closed` (may be NULL) is called from the loop when it is freed. */
void net_driver_close(struct net_driver *driver, void (*closed)(void *user), void *user);

#endif
