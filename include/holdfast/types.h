/* Types that every public header shares: slices, time, addresses, transports, error codes. */
#ifndef HOLDFAST_TYPES_H
#define HOLDFAST_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HF_API __attribute__((visibility("default")))
#else
#define HF_API
#endif

/* A run of bytes that somebody else owns. Not terminated; `ptr` may be NULL when `len` is 0. */
struct hf_slice {
    const char *ptr;
    size_t len;
};

/* A monotonic instant, or a duration, in microseconds. Instants are handed in by the caller
 * (always as the last parameter) and never go back. Names of instants end in `_at`. */
typedef uint64_t hf_time;

#define HF_NEVER UINT64_MAX
#define HF_MILLISECOND ((hf_time)1000)
#define HF_SECOND ((hf_time)1000000)

/* What a call can return besides 0. A call that fails has changed nothing.
 * Mistakes of the programmer (a NULL agent, time that goes back) are assertions, failures of the
 * network or of a server are events (event.h); neither has a code here. */
enum hf_error {
    HF_OK = 0,
    HF_ERROR_MEMORY = -1,  /* out of memory: nothing to mend but the machine */
    HF_ERROR_INVALID = -2, /* the caller's input is wrong: the call's comment says which */
    HF_ERROR_RANGE = -3,   /* a value outside what the setting permits */
    HF_ERROR_UNKNOWN = -4, /* no such account, path, query or setting (perhaps no longer) */
    HF_ERROR_LIMIT = -5,   /* a fixed limit (base/limits.h) is reached */
    HF_ERROR_STATE = -6,   /* legal, but not now */
};

/* A short English text for a code; never NULL, static. */
HF_API const char *hf_error_text(int error);

/* Transports of RFC 3261 section 18. */
enum hf_transport {
    HF_TRANSPORT_UDP,
    HF_TRANSPORT_TCP,
    HF_TRANSPORT_TLS,
};

enum hf_family {
    HF_FAMILY_NONE = 0,
    HF_FAMILY_IPV4 = 4,
    HF_FAMILY_IPV6 = 6,
};

/* An address and port. `port` is in host order, 0 means "not given". An IPv4 address uses the
 * first 4 of `ip`, the rest is zero, so that two addresses may be compared with memcmp
 * (unused bytes must be zero: start from `= {0}`). `scope_id` is for link-local IPv6. */
struct hf_address {
    uint8_t family; /* enum hf_family */
    uint8_t reserved;
    uint16_t port;
    uint32_t scope_id;
    uint8_t ip[16];
};

#ifdef __cplusplus
}
#endif

#endif
