/* What the files of this room share. */
#ifndef REGISTRAR_INTERNAL_H
#define REGISTRAR_INTERNAL_H

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/random.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "registrar/registrar.h"
#include "sip/digest.h"
#include "sip/message.h"
#include "sip/name_addr.h"
#include "transaction/server.h"

struct user {
    struct map_node by_name;
    char *name;
    char *password;
};

/* An address of record and its bindings. */
struct record {
    struct map_node by_aor;
    struct list_node bindings;
    struct timer timer; /* of an empty record: when its nonce ends */
    unsigned count;
    uint64_t nonce_time;  /* the nonce whose counts are followed, */
    uint32_t nonce_count; /* and the highest count seen with it */
    size_t aor_len;
    char aor[];
};

struct bound {
    uint64_t handle;
    struct list_node in_record;
    struct record *record;
    struct timer timer;
    hf_time ends_at;
    uint32_t cseq;
    uint32_t reg_id; /* of a flow; 0: it is none */
    struct hf_address received;
    uint32_t gruus; /* temporary ones given out since its Call-ID; 0: none of either kind */
    char *texts;    /* contact, Call-ID, Path and instance, one after the other */
    size_t contact_len;
    size_t call_id_len;
    size_t path_len;
    size_t instance_len;
};

struct changes {
    bool followed;
    bool lost; /* more than were kept */
    char *bytes;
    size_t taken;
    size_t used;
    size_t capacity;
};

enum registrar_timer {
    REGISTRAR_TIMER_BINDING,
    REGISTRAR_TIMER_RECORD,
    REGISTRAR_TIMER_TRANSACTION,
};

struct registrar {
    struct registrar_options options;
    char *realm;
    char *password_prefix;
    char *service_route;
    struct timer_wheel wheel;
    struct server_transactions servers;
    struct digest_context *digest;
    struct hash_key nonce_key;
    hf_time nonce_made_at; /* the last one */
    struct hash_key table_key;
    struct map users;
    struct map records;
    struct slab bindings;
    struct registrar_fault fault;
    char fault_method[32];
    char fault_headers[512];
    char fault_option[32];
    struct registrar_counters counters;
    struct changes changes;
};

/* A request being answered. */
struct registrar_request {
    const struct sip_message *message;
    const struct hf_address *from;
    hf_path_id path;
    uint64_t transaction; /* 0: none, answer directly */
    struct outbox *outbox;
    enum registrar_fault_kind fault; /* what is wrong with requests of this method */
    hf_time now;
};

/* authenticate.c: whose request it is. */
enum authenticity {
    AUTHENTIC,
    CHALLENGE,       /* no credentials, or wrong ones */
    CHALLENGE_STALE, /* right but for the nonce */
    FORBIDDEN,       /* right, but for somebody else's address of record */
};

enum authenticity registrar_authenticate(struct registrar *registrar,
                                         const struct registrar_request *request,
                                         struct hf_slice user, struct record *record);
void registrar_write_challenges(struct registrar *registrar,
                                const struct registrar_request *request, struct writer *w,
                                bool stale);
/* NULL: not known. */
struct user *registrar_find_user(const struct registrar *registrar, struct hf_slice name);

/* bindings.c */
struct record *record_find(const struct registrar *registrar, struct hf_slice aor);
struct record *record_take(struct registrar *registrar, struct hf_slice aor);
void record_free(struct registrar *registrar, struct record *record);
/* A record without bindings stays as long as the nonce whose counts it has seen is good. */
void record_free_if_empty(struct registrar *registrar, struct record *record, hf_time now);
/* The binding that a Contact of the request means: of a flow that with its instance and reg-id,
 * else one with its URI. */
struct bound *record_match(const struct record *record, const struct contact *contact,
                           const struct registrar_request *request);
struct hf_slice bound_contact(const struct bound *bound);
struct hf_slice bound_call_id(const struct bound *bound);
struct hf_slice bound_path(const struct bound *bound);
struct hf_slice bound_instance(const struct bound *bound);
/* All Path values of a request, with commas. False: more than are kept. */
enum { PATH_TEXT_MAX = 2048 };
bool read_path(const struct sip_message *message, char buffer[PATH_TEXT_MAX], struct hf_slice *ret);
/* Makes or renews; HF_ERROR_MEMORY. */
int bound_store(struct registrar *registrar, struct record *record, struct bound *old,
                const struct contact *contact, const struct registrar_request *request,
                uint32_t cseq, uint32_t seconds);
void bound_remove(struct registrar *registrar, struct bound *bound);

/* contacts.c: the Contacts of the record, as a 200 lists them (RFC 3261 section 10.3 step 8). */
void list_contacts(const struct registrar *registrar, const struct record *record,
                   const struct registrar_request *request, struct writer *w);

/* outbound.c */
/* A flow, by a way that can keep one. */
bool contact_is_flow(const struct contact *contact, const struct registrar_request *request);
/* 439: it asks for a flow, by a way that cannot keep one; 400: and for another Contact; 0: go on.
 */
unsigned check_flow(const struct contact *contact, const struct registrar_request *request);
/* What a 200 says of it: Require, Flow-Timer. */
void write_outbound(const struct registrar *registrar, const struct registrar_request *request,
                    struct writer *w);

/* gruu.c: those of a binding, as parameters of its Contact in a 200 (RFC 5627 section 5.4); nothing
 * for who does not support them, or has no instance. */
void gruus_give(struct bound *bound, bool wanted);
void gruus_write(const struct registrar *registrar, const struct bound *bound,
                 const struct registrar_request *request, struct writer *w);

/* babble.c */
/* Answers that must not be believed: rubbish, cut short, of other transactions. */
void babble(const struct registrar_request *request);
/* A second final answer, 500, after the one that the request has got. */
void contradict(const struct registrar_request *request);

/* changes.c: its bindings, or where they lead. */
void record_changed(struct registrar *registrar, const struct record *record);

/* register.c */
void answer_register(struct registrar *registrar, const struct registrar_request *request);

/* registrar.c: sends an answer; `extra` holds whole header lines. */
void registrar_answer(struct registrar *registrar, const struct registrar_request *request,
                      unsigned status, struct hf_slice extra);

#endif
