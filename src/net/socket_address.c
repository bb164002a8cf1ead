#include "net/socket_address.h"

#include <string.h>

socklen_t socket_address_from(union socket_address *ret, const struct hf_address *address) {
    memset(ret, 0, sizeof *ret);
    if (address->family == HF_FAMILY_IPV4) {
        ret->ipv4.sin_family = AF_INET;
        ret->ipv4.sin_port = htons(address->port);
        memcpy(&ret->ipv4.sin_addr, address->ip, 4);
        return sizeof ret->ipv4;
    }
    if (address->family == HF_FAMILY_IPV6) {
        ret->ipv6.sin6_family = AF_INET6;
        ret->ipv6.sin6_port = htons(address->port);
        ret->ipv6.sin6_scope_id = address->scope_id;
        memcpy(&ret->ipv6.sin6_addr, address->ip, 16);
        return sizeof ret->ipv6;
    }
    return 0;
}

struct hf_address socket_address_to(const union socket_address *address) {
    struct hf_address ret = {0};

    if (address->any.sa_family == AF_INET) {
        ret.family = HF_FAMILY_IPV4;
        ret.port = ntohs(address->ipv4.sin_port);
        memcpy(ret.ip, &address->ipv4.sin_addr, 4);
    } else if (address->any.sa_family == AF_INET6) {
        ret.family = HF_FAMILY_IPV6;
        ret.port = ntohs(address->ipv6.sin6_port);
        ret.scope_id = address->ipv6.sin6_scope_id;
        memcpy(ret.ip, &address->ipv6.sin6_addr, 16);
    }
    return ret;
}
