/* A real name server on loopback for tests: knotd with a zone of its own, in a folder of its own,
 * ended by its pid. */
#ifndef TEST_NET_DNS_SERVER_H
#define TEST_NET_DNS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

/* SRV records of "_sip._udp.big", with priorities from 1 on: too many for one packet. */
enum { DNS_SERVER_BIG = 100 };

struct dns_server {
    char folder[64];
    char host[16]; /* one of 127.38.0.0/16, of this process alone */
    char at[24];   /* "HOST:5353" */
    pid_t pid;     /* 0: not running */
};

/* False when there is no knotd on this machine. */
bool dns_server_exists(void);

/* Starts it (for root at port 53 too) and waits until it answers; false when it does not. */
bool dns_server_start(struct dns_server *server);

/* Silence, and its end. */
void dns_server_freeze(const struct dns_server *server);
void dns_server_thaw(const struct dns_server *server);

/* Ends it and removes its folder. */
void dns_server_stop(struct dns_server *server);

#endif
