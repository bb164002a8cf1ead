#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "net/network_state.h"

enum { LIST_MAX = 4 };

struct machine {
    struct ifaddrs list[LIST_MAX];
    struct sockaddr_storage addresses[LIST_MAX];
    unsigned count;
};

static void has(struct machine *machine, const char *name, const char *ip, unsigned flags) {
    struct ifaddrs *entry = &machine->list[machine->count];
    struct sockaddr_storage *address = &machine->addresses[machine->count];

    assert_true(machine->count < LIST_MAX);
    memset(entry, 0, sizeof *entry);
    memset(address, 0, sizeof *address);
    entry->ifa_name = (char *)(uintptr_t)name;
    entry->ifa_flags = flags;
    entry->ifa_addr = (struct sockaddr *)address;
    if (strchr(ip, ':')) {
        address->ss_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, ip, &((struct sockaddr_in6 *)address)->sin6_addr), 1);
    } else {
        address->ss_family = AF_INET;
        assert_int_equal(inet_pton(AF_INET, ip, &((struct sockaddr_in *)address)->sin_addr), 1);
    }
    if (machine->count > 0)
        machine->list[machine->count - 1].ifa_next = entry;
    machine->count++;
}

static const unsigned works = IFF_UP | IFF_RUNNING;

static void test_network_state__is_of_what_strangers_can_be_reached_from(void **state) {
    struct machine one = {0}, more = {0};

    (void)state;
    has(&one, "eth0", "192.0.2.1", works);
    has(&more, "eth0", "fe80::1", works);
    has(&more, "lo", "127.0.0.1", works);
    has(&more, "veth7", "169.254.7.7", works);
    has(&more, "eth0", "192.0.2.1", works);
    assert_int_equal(network_state_of(more.list), network_state_of(one.list));
    assert_int_not_equal(network_state_of(one.list), network_state_of(NULL));
}

static void test_network_state__does_not_depend_on_the_order(void **state) {
    struct machine one = {0}, other = {0};

    (void)state;
    has(&one, "eth0", "192.0.2.1", works);
    has(&one, "eth1", "2001:db8::1", works);
    has(&other, "eth1", "2001:db8::1", works);
    has(&other, "eth0", "192.0.2.1", works);
    assert_int_equal(network_state_of(one.list), network_state_of(other.list));
}

static void test_network_state__tells_addresses_interfaces_and_carriers_apart(void **state) {
    static const struct {
        const char *name, *ip;
        unsigned flags;
    } others[] = {{"eth0", "192.0.2.2", IFF_UP | IFF_RUNNING},
                  {"eth1", "192.0.2.1", IFF_UP | IFF_RUNNING},
                  {"eth0", "192.0.2.1", IFF_UP},
                  {"eth0", "192.0.2.1", 0}};
    struct machine one = {0};

    (void)state;
    has(&one, "eth0", "192.0.2.1", works);
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        struct machine other = {0};

        has(&other, others[i].name, others[i].ip, others[i].flags);
        assert_int_not_equal(network_state_of(one.list), network_state_of(other.list));
    }
}

struct route {
    struct nlmsghdr header;
    struct rtmsg route;
    char attributes[128];
};

static struct route route_to(const char *to, unsigned char bits) {
    const bool is_ipv6 = strchr(to, ':') != NULL;
    struct route made = {
        .header = {.nlmsg_type = RTM_NEWROUTE, .nlmsg_len = NLMSG_LENGTH(sizeof made.route)},
        .route = {.rtm_family = is_ipv6 ? AF_INET6 : AF_INET,
                  .rtm_dst_len = bits,
                  .rtm_table = RT_TABLE_MAIN,
                  .rtm_type = RTN_UNICAST}};
    struct rtattr *attribute = (struct rtattr *)(void *)made.attributes;

    attribute->rta_type = RTA_DST;
    attribute->rta_len = (unsigned short)RTA_LENGTH(is_ipv6 ? 16 : 4);
    assert_int_equal(inet_pton(made.route.rtm_family, to, RTA_DATA(attribute)), 1);
    made.header.nlmsg_len += RTA_ALIGN(attribute->rta_len);
    return made;
}

static void add_gateway(struct route *route) {
    struct rtattr *attribute =
        (struct rtattr *)(void *)((char *)route + NLMSG_ALIGN(route->header.nlmsg_len));

    attribute->rta_type = RTA_GATEWAY;
    attribute->rta_len = RTA_LENGTH(4);
    memcpy(RTA_DATA(attribute), (unsigned char[]){192, 0, 2, 254}, 4);
    route->header.nlmsg_len += RTA_ALIGN(attribute->rta_len);
}

static void test_network_message__matters_where_a_route_moves(void **state) {
    struct route route = route_to("198.51.100.0", 24);

    (void)state;
    assert_true(network_message_matters(&route.header));
    route.header.nlmsg_type = RTM_DELROUTE;
    assert_true(network_message_matters(&route.header));
    route = route_to("2001:db8::", 32);
    assert_true(network_message_matters(&route.header));
    route = route_to("198.51.100.7", 32);
    add_gateway(&route);
    assert_true(network_message_matters(&route.header));
}

static void test_network_message__does_not_matter_where_a_container_comes(void **state) {
    struct route routes[] = {
        route_to("fe80::", 64),       route_to("ff00::", 8),        route_to("10.1.2.3", 32),
        route_to("2001:db8::7", 128), route_to("169.254.0.0", 16),  route_to("198.51.100.0", 24),
        route_to("198.51.100.0", 24), route_to("198.51.100.0", 24), route_to("198.51.100.0", 24)};

    (void)state;
    routes[5].route.rtm_table = RT_TABLE_LOCAL;
    routes[6].route.rtm_type = RTN_MULTICAST;
    routes[7].route.rtm_flags = RTM_F_CLONED;
    routes[8].header.nlmsg_type = RTM_NEWLINK;
    for (unsigned i = 0; i < sizeof routes / sizeof *routes; i++)
        assert_false(network_message_matters(&routes[i].header));
}

static void test_network_message__that_is_cut_short_does_not_matter(void **state) {
    struct route route = route_to("198.51.100.0", 24);

    (void)state;
    route.header.nlmsg_len = NLMSG_LENGTH(sizeof route.route) - 1;
    assert_false(network_message_matters(&route.header));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network_state__is_of_what_strangers_can_be_reached_from),
        cmocka_unit_test(test_network_state__does_not_depend_on_the_order),
        cmocka_unit_test(test_network_state__tells_addresses_interfaces_and_carriers_apart),
        cmocka_unit_test(test_network_message__matters_where_a_route_moves),
        cmocka_unit_test(test_network_message__does_not_matter_where_a_container_comes),
        cmocka_unit_test(test_network_message__that_is_cut_short_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
