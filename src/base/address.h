/* Addresses as text and in comparison (struct hf_address). */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/slice.h"
#include "base/writer.h"

enum { ADDRESS_TEXT_MAX = 64 }; /* "[...%4294967295]:65535" with its NUL */

/* Same family, bytes, scope and port. */
static inline bool address_equal(const struct hf_address *a, const struct hf_address *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

/* As address_equal, but for the port. */
bool address_same_host(const struct hf_address *a, const struct hf_address *b);

/* An IPv4 dotted quad, or an IPv6 address with or without brackets, with or without a numeric
 * scope. Not a name. The port stays 0. False (and *ret untouched) when it is none. */
bool address_parse(struct hf_slice text, struct hf_address *ret);

/* Whether this is an IPv6 address with the name or number of an interface (RFC 4007 section 11):
 * "fe80::1%eth0", "[fe80::1%2]". Only a number can be parsed: which interface a name means is known
 * where the sockets are. */
bool address_has_zone(struct hf_slice text);

/* The address alone, without brackets either; what has no zone comes back as it is. */
struct hf_slice address_without_zone(struct hf_slice text);

/* The IP address alone; IPv6 in brackets when `brackets` is set (RFC 3986, as SIP wants it). */
void address_write_host(struct writer *w, const struct hf_address *address, bool brackets);

/* "192.0.2.1:5060", "[2001:db8::1]:5060"; without a port when it is 0; "-" for family NONE. */
void address_write(struct writer *w, const struct hf_address *address);

#endif
