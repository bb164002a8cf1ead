/* Every fixed limit in one place. All are far beyond what phones and registrars use; they exist
 * so that nothing from the network or from a file grows without bound. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    LIMIT_MESSAGE_BYTES = 65535,     /* one SIP message (RFC 3261 section 18.1.1) */
    LIMIT_MESSAGE_HEADERS = 128,     /* header lines in one message */
    LIMIT_HEADER_VALUES = 64,        /* values of one kind (Via, Contact, Route, challenges) */
    LIMIT_PARAMETERS = 64,           /* parameters of one value */
    LIMIT_DATAGRAM_BYTES = 1300,     /* a request by UDP where TCP can be had (RFC 3261) */
    LIMIT_REQUEST_BYTES = 4096,      /* a request that we build */
    LIMIT_NAME_BYTES = 255,          /* a host or domain name (RFC 1035) */
    LIMIT_SETTING_TEXT_BYTES = 1024, /* one text setting */
    LIMIT_ACCOUNTS_PER_FILE = 100000,
    LIMIT_FLEET_ACCOUNTS = 2000000,     /* that the fleets of a file make */
    LIMIT_FILE_BYTES = 256 << 20,       /* a configuration file */
    LIMIT_SERVERS = 8,                  /* servers of one account */
    LIMIT_PROXIES = 8,                  /* outbound proxies of one account */
    LIMIT_STATIC_RECORDS = 13,          /* static DNS records of one kind (0 to 12) */
    LIMIT_ADDRESSES = 16,               /* records of one name */
    LIMIT_NAMES = 100000,               /* names remembered from the DNS */
    LIMIT_TARGETS = 65536,              /* targets whose health is remembered */
    LIMIT_LATE_ANSWERS = 32768,         /* to REGISTERs that were given up, still looked out for */
    LIMIT_STREAM_SEND_BYTES = 8 << 20,  /* waiting to be sent on one connection */
    LIMIT_STREAM_HOLD_BYTES = 64 << 10, /* of them, until its peer is read no more */
    LIMIT_HANDSHAKES = 100,             /* connections being made to one address at once */
    LIMIT_TLS_CONTEXTS = 64,            /* TLS profiles kept that no connection has */
    LIMIT_TLS_SESSIONS = 1024,          /* TLS sessions kept of one profile */
    LIMIT_GRANTED_SECONDS = 45 * 24 * 3600, /* a granted lifetime is cut to this */
};

#endif
