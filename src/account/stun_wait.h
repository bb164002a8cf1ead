/* How long a STUN client waits for an answer before it sends its request again (RFC 8489 section
 * 6.2.1): RTO of 500 ms, doubled each time; seven times in all (Rc), and 16 RTO after the last
 * (Rm). Without any answer that is 39.5 s. */
#ifndef ACCOUNT_STUN_WAIT_H
#define ACCOUNT_STUN_WAIT_H

#include "holdfast/types.h"

enum { STUN_SENDS = 7 };

/* After it was sent once more, so many times before. */
static inline hf_time stun_wait(unsigned before) {
    const hf_time rto = 500 * HF_MILLISECOND;

    return before + 1 < STUN_SENDS ? rto << before : 16 * rto;
}

#endif
