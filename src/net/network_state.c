#include "net/network_state.h"

#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/hash.h"

static bool leads_nowhere4(const unsigned char *ip) {
    return ip[0] == 127 || (ip[0] == 169 && ip[1] == 254) || ip[0] >= 224;
}

static bool leads_nowhere6(const unsigned char *ip) {
    const struct in6_addr *address = (const struct in6_addr *)(const void *)ip;

    return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_LINKLOCAL(address) ||
           IN6_IS_ADDR_MULTICAST(address);
}

/* The bytes of an address that counts; 0 of another. */
static size_t address_bytes(const struct sockaddr *address, const unsigned char **bytes) {
    if (!address)
        return 0;
    if (address->sa_family == AF_INET) {
        *bytes =
            (const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
        return leads_nowhere4(*bytes) ? 0 : 4;
    }
    if (address->sa_family == AF_INET6) {
        *bytes =
            (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        return leads_nowhere6(*bytes) ? 0 : 16;
    }
    return 0;
}

uint64_t network_state_of(const struct ifaddrs *addresses) {
    static const struct hash_key no_secret = {{0, 0}};
    uint64_t sum = 0;

    for (const struct ifaddrs *entry = addresses; entry; entry = entry->ifa_next) {
        const unsigned char *bytes = NULL;
        const size_t len = address_bytes(entry->ifa_addr, &bytes);
        unsigned char key[IF_NAMESIZE + 1 + 16] = {0};

        if (len == 0 || !(entry->ifa_flags & IFF_UP))
            continue;
        memcpy(key, entry->ifa_name, strnlen(entry->ifa_name, IF_NAMESIZE));
        key[IF_NAMESIZE] = (entry->ifa_flags & IFF_RUNNING) != 0;
        memcpy(key + IF_NAMESIZE + 1, bytes, len);
        sum += hash_bytes(&no_secret, key, sizeof key);
    }
    return sum;
}

uint64_t network_state_now(uint64_t last) {
    struct ifaddrs *addresses;

    if (getifaddrs(&addresses))
        return last;
    const uint64_t state = network_state_of(addresses);

    freeifaddrs(addresses);
    return state;
}

static bool is_to_one_host(const struct rtmsg *route) {
    return route->rtm_dst_len == (route->rtm_family == AF_INET ? 32 : 128);
}

static bool route_matters(const struct nlmsghdr *message) {
    const struct rtmsg *route = NLMSG_DATA(message);
    uint32_t table = route->rtm_table;
    bool has_gateway = false, leads_nowhere = false;
    const struct rtattr *attribute = RTM_RTA(route);

    for (unsigned left = (unsigned)RTM_PAYLOAD(message); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left)) {
        const unsigned char *value = RTA_DATA(attribute);

        if (attribute->rta_type == RTA_TABLE && RTA_PAYLOAD(attribute) >= sizeof table)
            memcpy(&table, value, sizeof table);
        else if (attribute->rta_type == RTA_GATEWAY || attribute->rta_type == RTA_VIA ||
                 attribute->rta_type == RTA_MULTIPATH)
            has_gateway = true;
        else if (attribute->rta_type == RTA_DST && route->rtm_family == AF_INET6)
            leads_nowhere = RTA_PAYLOAD(attribute) < 16 || leads_nowhere6(value);
        else if (attribute->rta_type == RTA_DST)
            leads_nowhere = RTA_PAYLOAD(attribute) < 4 || leads_nowhere4(value);
    }
    return table != RT_TABLE_LOCAL && !leads_nowhere && (has_gateway || !is_to_one_host(route));
}

bool network_message_matters(const struct nlmsghdr *message) {
    if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE)
        return false;
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg)))
        return false;
    const struct rtmsg *route = NLMSG_DATA(message);

    if (route->rtm_family != AF_INET && route->rtm_family != AF_INET6)
        return false;
    if (route->rtm_type == RTN_MULTICAST || route->rtm_type == RTN_LOCAL ||
        route->rtm_type == RTN_BROADCAST || route->rtm_type == RTN_ANYCAST)
        return false;
    return !(route->rtm_flags & RTM_F_CLONED) && route_matters(message);
}
