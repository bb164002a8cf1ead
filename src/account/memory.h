/* What an account remembers over the end of its program (holdfast/remember.h), and what it holds
 * from before it until its first registration is there: the bindings that a registrar may still
 * have, and those to be removed before that registration (`unregister_on_start`: Grandstream
 * "Unregister before New Registration", Yealink unregister_on_reboot). */
#ifndef ACCOUNT_MEMORY_H
#define ACCOUNT_MEMORY_H

#include "account/account.h"
#include "account/attempt.h"
#include "holdfast/remember.h"

struct past_binding {
    struct target target;
    struct hf_address local;
    uint32_t hop;
    uint32_t endpoint; /* as struct candidate has it; 0: not known */
    hf_time ends_at;   /* 0: there is no binding */
    char *contact;     /* NULL: as we write it for `local` */
};

/* What is removed before the first REGISTER; each is tried once, whatever comes of it. */
enum past_step {
    PAST_CLEARS_FORMER, /* the contacts remembered ... */
    PAST_CLEARS_OLDER,
    PAST_CLEARS_OWN, /* ... or, where none is, the current one; or all */
    PAST_CLEARED,
};

struct past {
    uint64_t handle; /* in the engine's pasts: all are gone soon after a start */
    struct past_binding bindings[HF_REMEMBERED_BINDINGS];
    struct gruus *gruus; /* of the working one; or NULL */
    bool knew;           /* of a binding that may still be there */
    uint8_t step;        /* enum past_step: the next one */
};

/* Gives a new account its past; `remembered` may be NULL. HF_ERROR_MEMORY, with nothing changed. */
int account_recall(struct engine *engine, struct account *account,
                   const struct hf_remembered *remembered, hf_time now);

void past_free(struct engine *engine, struct past *past);

/* The place where its binding was, NULL when there is none. */
static inline const struct past_binding *past_former(const struct past *past) {
    return past && past->bindings[0].ends_at > 0 ? &past->bindings[0] : NULL;
}

/* What it was reached by, NULL when there is nothing. */
static inline const struct gruus *past_gruus(const struct past *past) {
    return past_former(past) ? past->gruus : NULL;
}

/* Begins to remove what is to be removed before the first REGISTER. False: there is nothing
 * (more). */
bool account_clear_past(struct engine *engine, struct account *account, hf_time now);

/* Removes the binding that is remembered, because none is wanted. False: there is none. */
bool account_leave_past(struct engine *engine, struct account *account, hf_time now);

/* The first registration is there: what is left of the past is seen to in the background. */
void account_settle_past(struct engine *engine, struct account *account, hf_time now);

/* The server answered the first REGISTER with a failure: a memory that is too old, out of a backup
 * perhaps, gives a CSeq that was used already. The next one begins a Call-ID of its own. */
void account_doubt_past(struct engine *engine, struct account *account, unsigned status);

void account_remember(const struct account *account, struct hf_remembered *ret);

/* What it remembers has changed: its owner will be told. */
void account_touch(struct engine *engine, struct account *account);

#endif
