/* What the settings of type word can be: the numbers behind the words of the table. */
#ifndef SETTINGS_WORDS_H
#define SETTINGS_WORDS_H

/* "transport": the first three are enum hf_transport. */
enum setting_transport {
    TRANSPORT_IS_UDP,
    TRANSPORT_IS_TCP,
    TRANSPORT_IS_TLS,
    TRANSPORT_BY_DNS, /* NAPTR says (RFC 3263 section 4.1) */
};

/* "unregister_on_start" */
enum setting_unregister {
    UNREGISTER_NOTHING,
    UNREGISTER_ALL,      /* Contact: * */
    UNREGISTER_INSTANCE, /* the contacts that this account held before */
};

/* "failback", "fallback.failback" */
enum setting_failback {
    FAILBACK_NEW_REQUESTS,
    FAILBACK_DNS_TTL,
    FAILBACK_REGISTRATION,
    FAILBACK_DURATION,
    FAILBACK_STAY,
    FAILBACK_PROBE,
    FAILBACK_SAME, /* fallback.failback only: as `failback` says */
};

/* "redundancy" */
enum setting_redundancy {
    REDUNDANCY_CONCURRENT,
    REDUNDANCY_SUCCESSIVE,
};

/* "health" */
enum setting_health {
    HEALTH_SHARED,
    HEALTH_PER_ACCOUNT,
};

/* "keep_alive.method" and "nat.keep_alive" */
enum setting_keep_alive {
    KEEP_ALIVE_OFF,
    /* Of nat.keep_alive only: CRLF CRLF, an empty datagram, a STUN binding request. */
    KEEP_ALIVE_PACKET,
    KEEP_ALIVE_EMPTY,
    KEEP_ALIVE_STUN,
    KEEP_ALIVE_OPTIONS,
    KEEP_ALIVE_NOTIFY,
};

/* "nat.traversal" */
enum setting_nat {
    NAT_NONE,
    NAT_STUN,
    NAT_KEEP_ALIVE,
    NAT_UPNP,
    NAT_AUTO,
    NAT_VPN,
};

/* "dns.mode" */
enum setting_dns_mode {
    DNS_MODE_A,
    DNS_MODE_SRV,
    DNS_MODE_NAPTR,
    DNS_MODE_STATIC, /* dns.primary_ip and the backup addresses, no question asked */
    DNS_MODE_AUTO,   /* RFC 3263: a port means A, no port NAPTR, SRV, A */
};

/* "dns.cache" */
enum setting_dns_cache {
    DNS_CACHE_OFF,
    DNS_CACHE_BACKUP,
    DNS_CACHE_PREFERRED,
};

/* "dns.naptr_build" */
enum setting_naptr_build {
    NAPTR_BUILD_UDP,
    NAPTR_BUILD_ALL,
};

/* "proxy.route" */
enum setting_proxy_route {
    PROXY_IN_ROUTE,
    PROXY_NOT_IN_ROUTE,
    PROXY_ALWAYS, /* in no Route header, and every request goes there */
};

/* "tls.scheme" */
enum setting_scheme {
    SCHEME_SIP,
    SCHEME_SIPS,
};

/* "tls.min_version" */
enum setting_tls_version {
    TLS_VERSION_1_2,
    TLS_VERSION_1_3,
};

/* "local_port_if_taken" */
enum setting_if_taken {
    IF_TAKEN_WAIT,
    IF_TAKEN_ANY,
};

/* "contact.address" */
enum setting_contact_address {
    CONTACT_LAN,
    CONTACT_WAN,
};

/* "privacy", "preferred_identity" */
enum setting_header_use {
    HEADER_DEFAULT,
    HEADER_NO,
    HEADER_YES,
};

/* "listen.mode" */
enum setting_listen {
    LISTEN_TRANSPORT,
    LISTEN_DUAL,
    LISTEN_DUAL_BLF,
    LISTEN_DUAL_SECURED,
};

#endif
