/* struct hf_address and the system's socket addresses. */
#ifndef NET_SOCKET_ADDRESS_H
#define NET_SOCKET_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "holdfast/types.h"

union socket_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

/* Returns the length; 0 for an address of no family. */
socklen_t socket_address_from(union socket_address *ret, const struct hf_address *address);

/* Family NONE for any other family than IPv4 and IPv6. */
struct hf_address socket_address_to(const union socket_address *address);

#endif
