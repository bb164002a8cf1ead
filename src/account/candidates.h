/* The candidates of one attempt in the order in which they are tried: all targets of all hops of
 * the account, each once. Those that failed lately (target/health.h) are passed over as long as
 * there are others; after them they are tried all the same, but for those that asked to be left
 * alone. Which target is next; what became of it is the attempt's business. */
#ifndef ACCOUNT_CANDIDATES_H
#define ACCOUNT_CANDIDATES_H

#include "account/engine.h"
#include "account/hops.h"
#include "account/tried.h"

/* How good a place is: 0 = the first target of the first server. The hop counts more than the
 * level of the target within it (target/locate.h). */
typedef uint32_t candidate_rank;

static inline candidate_rank rank_of(uint32_t hop, uint16_t level) {
    return hop << 16 | level;
}

struct candidates {
    uint64_t scope;    /* whose knowledge of dead targets counts (target/health.h) */
    bool minds_health; /* passes dead ones over at first ... */
    bool last_resort;  /* ... and tries them when all others have failed */
    bool second_round; /* this is then */
    bool passed_over;  /* some that rest, or are being tried */
    bool passed_trial; /* some that somebody is trying just now */
    hf_time rested_at; /* when the first of all that were passed over has rested, or that trial
                          should have ended; HF_NEVER: none was */
    hf_time records_expire_at; /* the first end of those that led to a target; HF_NEVER: no names */
    hf_time asked_until_at;    /* the first of those that asked to be left alone; HF_NEVER: none */
    uint32_t first_hop;        /* tried before all others */
    uint32_t position;         /* how many hops were begun */
    uint32_t hop;              /* the one at hand */
    candidate_rank end;        /* only places that are better than this */
    bool single;               /* one target of the first hop, and no other */
    bool seeks;                /* the first hop is first only if it leads to the preferred target */
    bool at_hop;               /* the hop at hand has not come to its end */
    bool led_somewhere;        /* it had a target at all */
    struct locating locating;
    struct candidate preferred; /* first of its hop; or family NONE */
    uint32_t preferred_hop;
    bool preferred_among_equals; /* it comes before its equals only, not before better ones */
    struct candidate current;    /* what was given out, or passed over, last */
    struct tried tried;
};

enum candidates_result {
    CANDIDATES_FOUND,   /* `current`, at `hop` */
    CANDIDATES_WAITING, /* the DNS was asked; the waiter is woken */
    CANDIDATES_PASSED,  /* `current` failed lately and is passed over; go on */
    CANDIDATES_NOWHERE, /* the name of `hop` leads nowhere, see locating.detail; go on */
    CANDIDATES_OVER,
};

/* All places better than `end` (RANK_ANY: all), from `first_hop` on, then the others in their
 * order. */
enum { RANK_ANY = UINT32_MAX };
void candidates_begin(struct candidates *candidates, uint32_t first_hop, candidate_rank end);

/* Dead targets are to be passed over; `last_resort`: only as long as there are others. */
void candidates_mind_health(struct candidates *candidates, uint64_t scope, bool last_resort);

/* Just this one, wherever its name leads now. */
void candidates_begin_with(struct candidates *candidates, uint32_t hop,
                           const struct candidate *only);

/* When the hop's turn comes, this target is tried first, as long as its name still leads there. */
void candidates_prefer(struct candidates *candidates, uint32_t hop,
                       const struct candidate *preferred);

enum candidates_result candidates_next(struct engine *engine, const struct hf_settings *settings,
                                       struct candidates *candidates, struct list_node *waiter,
                                       hf_time now);

/* Whether `current`, which was given out some time ago, would be given out still. */
bool candidates_still_goes(const struct health *health, const struct candidates *candidates,
                           hf_time now);

/* `current` is given back: it counts as passed over. */
void candidates_pass(const struct health *health, struct candidates *candidates, hf_time now);

/* The one that `current` may race against: of the same host, an address of another family. Nothing
 * is taken. */
enum locate_result candidates_rival(struct engine *engine, struct candidates *candidates,
                                    struct candidate *ret, hf_time now);

/* The rival has won: it is `current` now, and the one that was comes when it has failed. */
void candidates_swap(struct engine *engine, struct candidates *candidates,
                     const struct candidate *rival, hf_time now);

/* Whether nothing comes after `current`, so that it gets the whole Timer F; never for a single one,
 * whose failure holds nothing up. */
bool candidates_is_last(struct engine *engine, const struct hf_settings *settings,
                        struct candidates *candidates, hf_time now);

/* What is known of what comes after `current`, or after the hop that is being looked up. Asks
 * nobody. */
enum candidates_ahead {
    AHEAD_TARGET, /* ret->target */
    AHEAD_SAME,   /* whatever else the hop at hand leads to */
    AHEAD_HOP,    /* ret->hop */
    AHEAD_NOTHING,
};

struct candidate_ahead {
    enum candidates_ahead kind;
    struct target target;
    uint32_t hop;
};

struct candidate_ahead candidates_ahead(const struct hf_settings *settings,
                                        const struct candidates *candidates, bool looked_up);

void candidates_end(struct candidates *candidates);

#endif
