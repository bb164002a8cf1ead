/* A server as people write it: "sip.example.com", "192.0.2.1:5062", "[2001:db8::1]:5061",
 * "sip:proxy.example.com;transport=tcp;lr". */
#ifndef SETTINGS_HOST_H
#define SETTINGS_HOST_H

#include "base/slice.h"

struct host_text {
    struct hf_slice host;      /* an IPv6 address without its brackets */
    struct hf_slice transport; /* "udp", …; empty when it is not given */
    uint16_t port;             /* 0 = not given */
    bool loose;                /* ";lr" is there */
    bool is_address;           /* an IP address, not a name */
};

/* False when it is none of these, with a short reason. */
bool host_read(struct hf_slice text, struct host_text *ret, const char **reason);

#endif
