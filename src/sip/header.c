#include "sip/header.h"

#include "base/assert.h"

#define NAME(id, text) [SIP_HEADER_##id] = {text, sizeof(text) - 1}

static const struct hf_slice names[SIP_HEADER_COUNT] = {
    NAME(ACCEPT, "Accept"),
    NAME(ALLOW, "Allow"),
    NAME(ALLOW_EVENTS, "Allow-Events"),
    NAME(AUTHENTICATION_INFO, "Authentication-Info"),
    NAME(AUTHORIZATION, "Authorization"),
    NAME(CALL_ID, "Call-ID"),
    NAME(CONTACT, "Contact"),
    NAME(CONTENT_ENCODING, "Content-Encoding"),
    NAME(CONTENT_LENGTH, "Content-Length"),
    NAME(CONTENT_TYPE, "Content-Type"),
    NAME(CSEQ, "CSeq"),
    NAME(DATE, "Date"),
    NAME(EVENT, "Event"),
    NAME(EXPIRES, "Expires"),
    NAME(FLOW_TIMER, "Flow-Timer"),
    NAME(FROM, "From"),
    NAME(MAX_FORWARDS, "Max-Forwards"),
    NAME(MIN_EXPIRES, "Min-Expires"),
    NAME(P_ASSOCIATED_URI, "P-Associated-URI"),
    NAME(PATH, "Path"),
    NAME(PROXY_AUTHENTICATE, "Proxy-Authenticate"),
    NAME(PROXY_AUTHORIZATION, "Proxy-Authorization"),
    NAME(PROXY_REQUIRE, "Proxy-Require"),
    NAME(REASON, "Reason"),
    NAME(RECORD_ROUTE, "Record-Route"),
    NAME(REQUIRE, "Require"),
    NAME(RETRY_AFTER, "Retry-After"),
    NAME(ROUTE, "Route"),
    NAME(SERVER, "Server"),
    NAME(SERVICE_ROUTE, "Service-Route"),
    NAME(SUBJECT, "Subject"),
    NAME(SUBSCRIPTION_STATE, "Subscription-State"),
    NAME(SUPPORTED, "Supported"),
    NAME(TO, "To"),
    NAME(UNSUPPORTED, "Unsupported"),
    NAME(USER_AGENT, "User-Agent"),
    NAME(VIA, "Via"),
    NAME(WARNING, "Warning"),
    NAME(WWW_AUTHENTICATE, "WWW-Authenticate"),
};

enum { LENGTH_MAX = 20, SAME_LENGTH_MAX = 6 };

/* Few names have the same length, so the length nearly finds the name. */
static const uint8_t by_length[LENGTH_MAX][SAME_LENGTH_MAX] = {
    [2] = {SIP_HEADER_TO},
    [3] = {SIP_HEADER_VIA},
    [4] = {SIP_HEADER_FROM, SIP_HEADER_CSEQ, SIP_HEADER_DATE, SIP_HEADER_PATH},
    [5] = {SIP_HEADER_ALLOW, SIP_HEADER_ROUTE, SIP_HEADER_EVENT},
    [6] = {SIP_HEADER_SERVER, SIP_HEADER_ACCEPT, SIP_HEADER_REASON},
    [7] = {SIP_HEADER_CONTACT, SIP_HEADER_CALL_ID, SIP_HEADER_EXPIRES, SIP_HEADER_REQUIRE,
           SIP_HEADER_WARNING, SIP_HEADER_SUBJECT},
    [9] = {SIP_HEADER_SUPPORTED},
    [10] = {SIP_HEADER_USER_AGENT, SIP_HEADER_FLOW_TIMER},
    [11] = {SIP_HEADER_RETRY_AFTER, SIP_HEADER_MIN_EXPIRES, SIP_HEADER_UNSUPPORTED},
    [12] = {SIP_HEADER_MAX_FORWARDS, SIP_HEADER_CONTENT_TYPE, SIP_HEADER_RECORD_ROUTE,
            SIP_HEADER_ALLOW_EVENTS},
    [13] = {SIP_HEADER_SERVICE_ROUTE, SIP_HEADER_AUTHORIZATION, SIP_HEADER_PROXY_REQUIRE},
    [14] = {SIP_HEADER_CONTENT_LENGTH},
    [16] = {SIP_HEADER_WWW_AUTHENTICATE, SIP_HEADER_P_ASSOCIATED_URI, SIP_HEADER_CONTENT_ENCODING},
    [18] = {SIP_HEADER_PROXY_AUTHENTICATE, SIP_HEADER_SUBSCRIPTION_STATE},
    [19] = {SIP_HEADER_AUTHENTICATION_INFO, SIP_HEADER_PROXY_AUTHORIZATION},
};

/* RFC 3261 section 20 table, RFC 6665 for "o" and "u". */
static enum sip_header find_compact(char letter) {
    switch (ascii_lower(letter)) {
    case 'c':
        return SIP_HEADER_CONTENT_TYPE;
    case 'e':
        return SIP_HEADER_CONTENT_ENCODING;
    case 'f':
        return SIP_HEADER_FROM;
    case 'i':
        return SIP_HEADER_CALL_ID;
    case 'k':
        return SIP_HEADER_SUPPORTED;
    case 'l':
        return SIP_HEADER_CONTENT_LENGTH;
    case 'm':
        return SIP_HEADER_CONTACT;
    case 'o':
        return SIP_HEADER_EVENT;
    case 's':
        return SIP_HEADER_SUBJECT;
    case 't':
        return SIP_HEADER_TO;
    case 'u':
        return SIP_HEADER_ALLOW_EVENTS;
    case 'v':
        return SIP_HEADER_VIA;
    default:
        return SIP_HEADER_OTHER;
    }
}

enum sip_header sip_header_find(struct hf_slice name) {
    if (name.len == 1)
        return find_compact(name.ptr[0]);
    if (name.len == 0 || name.len >= LENGTH_MAX)
        return SIP_HEADER_OTHER;
    for (const uint8_t *id = by_length[name.len], *end = id + SAME_LENGTH_MAX; id < end && *id;
         id++) {
        const struct hf_slice candidate = names[*id];

        if (((name.ptr[0] ^ candidate.ptr[0]) & ~0x20) == 0 && slice_equal_nocase(name, candidate))
            return (enum sip_header) * id;
    }
    return SIP_HEADER_OTHER;
}

struct hf_slice sip_header_name(enum sip_header header) {
    HF_ASSERT(header > SIP_HEADER_OTHER && header < SIP_HEADER_COUNT);
    return names[header];
}
