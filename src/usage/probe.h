/* A question whose only purpose is to get an answer: OPTIONS (RFC 3261 section 11), or NOTIFY as
 * some servers like it better, to the server that holds the binding. Its Call-ID and CSeq are its
 * own: they have nothing to do with those of REGISTER. */
#ifndef USAGE_PROBE_H
#define USAGE_PROBE_H

#include "base/random.h"
#include "sip/message.h"
#include "usage/place.h"
#include "usage/registration.h"

struct probe {
    uint64_t call_id[2];
    uint64_t tag;
    uint32_t cseq; /* of the last request; 0: none yet */
};

void probe_init(struct probe *probe, struct random *random);

/* Who asks, how often, and what silence means. Without keep_alive.method these are the requests of
 * nat.keep_alive (Yealink), whose answers do not matter. */
struct probe_policy {
    enum sip_method method; /* SIP_METHOD_OTHER: nothing is asked */
    hf_time interval;
    uint32_t max_tries; /* without an answer, in a row; 0: silence means nothing */
};

struct probe_policy probe_policy(const struct hf_settings *settings);

/* The next CSeq; the request that follows carries it. */
uint32_t probe_next_cseq(struct probe *probe, struct random *random);

/* Writes the next request into the buffer; `registration` is whose Contact it names. Empty when it
 * does not fit, or the keep-alive is off. */
struct hf_slice probe_request(const struct probe *probe, const struct registration *registration,
                              const struct exchange_place *place, const char *branch, char *buffer,
                              size_t size);

#endif
