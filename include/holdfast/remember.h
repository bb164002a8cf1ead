/* What an account must not forget when its program ends, so that the next REGISTER after a restart
 * continues the same binding instead of adding one beside it (RFC 3261 section 10.2: one Call-ID,
 * a CSeq that rises). The library keeps nothing itself: its owner reads this where it has changed,
 * stores it, and hands it back. Flat and copyable; texts are terminated, empty where unknown. */
#ifndef HOLDFAST_REMEMBER_H
#define HOLDFAST_REMEMBER_H

#include "holdfast/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HF_REMEMBERED_BINDINGS = 2, /* the working one, and one at another server being removed */
    HF_REMEMBERED_CONTACT = 640,
    HF_REMEMBERED_TEXT = 256,
    HF_REMEMBERED_GRUU = 320,
    /* What is stored may be older than what was used: a restored account leaves out so many numbers
     * of CSeq, and counts of the nonce. Whoever restores adds as many to what is stored before the
     * first request goes out, or a second end before the next writing would use numbers twice. */
    HF_REMEMBERED_CSEQ_SKIP = 1000,
    HF_REMEMBERED_NONCE_SKIP = 64,
};

/* A binding that a registrar holds for us. */
struct hf_remembered_binding {
    char contact[HF_REMEMBERED_CONTACT]; /* the URI; empty: there is none */
    struct hf_address target;
    struct hf_address local; /* of the path that it lives on */
    uint8_t transport;       /* enum hf_transport */
    uint32_t hop;            /* which of the account's servers and proxies, 0 = the first */
    uint32_t endpoint;       /* a mark of the SRV record that it stands for; 0: not known */
    hf_time ends_at;         /* on the clock of the agent that it is read from, or handed to */
};

/* The challenge answered last (RFC 7616): its nonce may be used on. The password is not in here. */
struct hf_remembered_challenge {
    char realm[HF_REMEMBERED_TEXT];
    char nonce[HF_REMEMBERED_TEXT]; /* empty: there is none, or it is too long to be kept */
    char opaque[HF_REMEMBERED_TEXT];
    char algorithm[24]; /* "MD5", "SHA-256", ... */
    char qop[12];       /* "auth", "auth-int" or empty */
    uint32_t nonce_count;
    uint32_t server; /* index of the server that asked */
};

struct hf_remembered {
    char call_id[64];
    uint32_t cseq; /* the last one used */
    struct hf_remembered_binding bindings[HF_REMEMBERED_BINDINGS];
    char pub_gruu[HF_REMEMBERED_GRUU];  /* of the working binding (RFC 5627) */
    char temp_gruu[HF_REMEMBERED_GRUU]; /* good with this Call-ID only */
    struct hf_remembered_challenge challenge;
};

#ifdef __cplusplus
}
#endif

#endif
