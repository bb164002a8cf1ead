/* The paths of an agent: flows between a local and a remote address, opened when first needed,
 * shared by all accounts that need the same one, closed when nobody holds them any more. */
#ifndef ACCOUNT_PATHS_H
#define ACCOUNT_PATHS_H

#include "account/tls_profiles.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/outbox.h"
#include "base/random.h"
#include "base/timer_wheel.h"
#include "sip/stream.h"

enum path_state {
    PATH_OPENING, /* asked for; those who wait are woken */
    PATH_OPEN,
    PATH_GIVEN_UP, /* a connection of no use any more: it is closed, nobody new gets it, and the
                      agent ends it before its owner gets to work */
    PATH_FAILED,   /* of no use unless it is reopened; lives until the last holder lets go */
};

/* What makes two flows the same. */
struct path_key {
    struct hf_address local; /* as configured: family NONE = any, port 0 = any */
    struct hf_address remote;
    uint8_t transport; /* enum hf_transport */
    uint8_t dscp;
    uint8_t or_any_port; /* bool: another one will do where local.port is taken */
    uint8_t reserved[1]; /* zero: keys are hashed and compared as bytes */
    uint32_t tls;        /* the number of a profile; 0: no TLS */
};

/* What somebody wants a path to be. */
struct path_wish {
    struct path_key key;              /* without the profile's number */
    const struct hf_tls_options *tls; /* TLS only, else NULL */
    hf_time connect_timeout;          /* of whoever asks first */
};

struct path {
    hf_path_id id;
    enum path_state state;
    enum hf_path_failure failure; /* the last one */
    uint32_t holders;
    struct path_key key;
    struct tls_profile *tls; /* held; NULL: no TLS */
    hf_time connect_timeout;
    hf_time opened_at;
    hf_time heard_at;              /* when bytes came last */
    struct stream stream;          /* what came of an incomplete message */
    struct hf_address local;       /* the actual one, once open */
    struct hf_address shown[2];    /* where the peer saw us last, and before that; first our own:
                                      shown[shown_count % 2] is the last */
    uint8_t shown_count;           /* how often that changed, modulo 256 */
    uint8_t restless;              /* and how often within a short time, lately */
    hf_time shown_at;              /* when it did last */
    struct timer keeper;           /* see keeper.h, as all to `stun_id` */
    hf_time keep_interval;         /* that the settings want; 0: nobody does */
    hf_time keep_agreed;           /* that the server wants; 0: it does not */
    uint8_t keep_kind;             /* enum setting_keep_alive: what the settings want */
    bool keeps_flows;              /* there are flows on it, or were a while ago */
    uint8_t asked;                 /* how often our last STUN request was sent, until answered */
    bool pinged;                   /* within the last ten seconds */
    bool pongs;                    /* the peer has answered one before */
    uint64_t stun_id[2];           /* of the last request */
    struct discovery *discovery;   /* of the STUN server that tells our place, or NULL; */
    struct list_node on_discovery; /* in its users */
    struct list_node waiters;      /* to be woken when it opens or fails */
    struct list_node transactions; /* client transactions under way on it */
    struct list_node accounts;     /* accounts whose binding lives on it */
    struct list_node given_up;     /* in paths.given_up */
    struct map_node by_key;
    struct map_node by_id;
};

struct paths {
    struct map by_key;
    struct map by_id;
    struct path *held_last;    /* that many accounts will want next, too; in by_key, or NULL */
    struct list_node unclosed; /* there was no memory to say that they are not needed any more;
                                  linked by their list of waiters, which is empty */
    struct list_node given_up; /* to be ended */
    struct timer_wheel *wheel;
    uint8_t timer_kind;
    struct hash_key key;
    struct tls_profiles tls_profiles;
    hf_path_id last_id;
};

/* `timer_kind` is that of the paths' keepers. */
void paths_init(struct paths *paths, struct timer_wheel *wheel, uint8_t timer_kind,
                struct random *random);
void paths_release(struct paths *paths);

/* The path as it is wanted, opening or open; asks for a new one when there is none. Connections are
 * shared by those who want the same of them, the peer's name included (RFC 5923, RFC 5922). The
 * caller holds it until path_let_go. NULL when there is no memory. */
struct path *path_hold(struct paths *paths, const struct path_wish *wish, struct outbox *outbox);

/* One more holder of a path that is held already. */
static inline struct path *path_hold_again(struct path *path) {
    path->holders++;
    return path;
}

static inline bool path_is_stream(const struct path *path) {
    return path->key.transport != HF_TRANSPORT_UDP;
}

/* A connection that is open but useless, says who used it: it is closed, and whoever wants one from
 * now on gets another, maybe from the same port. Harmless where it is not open. */
void path_give_up(struct paths *paths, struct path *path, enum hf_path_failure failure,
                  struct outbox *outbox);

/* The next one that was given up, to be treated as failed. NULL: there is none. */
struct path *paths_next_given_up(struct paths *paths);

/* Lets go of a held path; NULL is ignored. The last holder closes it. */
void path_let_go(struct paths *paths, struct path *path, struct outbox *outbox);

/* Closes one of those that could not be closed for lack of memory; for when the outbox is empty.
 * False: there is none. */
bool paths_close_rest(struct paths *paths, struct outbox *outbox);

/* By its number; NULL when unknown or failed. */
struct path *paths_find(const struct paths *paths, hf_path_id id);

/* The owner opened it: waiters are moved to `woken`. HF_ERROR_UNKNOWN, HF_ERROR_STATE. */
int path_opened(struct paths *paths, hf_path_id id, const struct hf_address *local,
                struct list_node *woken, hf_time now);

/* It broke, or could not be opened: its number and key are free again, waiters are moved to
 * `woken`. Its transactions and accounts are the caller's to see to. NULL when unknown. */
struct path *path_failed(struct paths *paths, hf_path_id id, enum hf_path_failure failure,
                         struct list_node *woken);

/* Opens a path that failed once more, with a new number; all who hold it keep holding it.
 * HF_ERROR_MEMORY: it stays failed. */
int path_reopen(struct paths *paths, struct path *path, struct outbox *outbox);

/* A text for people. */
const char *path_failure_text(enum hf_path_failure failure);

#endif
