/* What of this machine's network can matter to the paths of an account. Hosts of containers see
 * interfaces come and go all day; routers announce their prefixes every few minutes: neither moves
 * a packet of ours. */
#ifndef NET_NETWORK_STATE_H
#define NET_NETWORK_STATE_H

#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>

/* One number for the addresses, of whatever order, that packets can leave the machine from:
 * neither loopback nor link-local nor of an interface that is down, each with its interface and
 * whether that has a carrier. */
uint64_t network_state_of(const struct ifaddrs *addresses);

/* The same of the machine as it is; the last one again where that cannot be found out. */
uint64_t network_state_now(uint64_t last);

/* Whether the message tells of a route that strangers can be reached by: one of our own making (no
 * copy in a cache), of no local table, and neither link-local nor multicast nor to one host on a
 * link, as the routes to containers are. Other messages never matter: the addresses tell. */
bool network_message_matters(const struct nlmsghdr *message);

#endif
