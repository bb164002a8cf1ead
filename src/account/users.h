/* Which account a request from outside is for (RFC 3261 section 8.2.2.1): by the user of its
 * Request-URI, which is that of our Contact; where several accounts have it, by the private
 * parameter that we put there. */
#ifndef ACCOUNT_USERS_H
#define ACCOUNT_USERS_H

#include "base/hash.h"
#include "base/map.h"
#include "base/random.h"
#include "sip/uri.h"

struct account;

struct users {
    struct map map;      /* all accounts, by the user of their Contact */
    struct hash_key key; /* users come from the network */
};

void users_init(struct users *users, struct random *random);
void users_release(struct users *users);

/* HF_ERROR_MEMORY only for the very first. */
int users_add(struct users *users, struct account *account);
void users_remove(struct users *users, struct account *account);

/* The account that the URI stands for, or NULL. */
struct account *users_find(const struct users *users, const struct sip_uri *uri);

/* The next account after `last` (NULL: the first) that has the same user and the same mark: one
 * that was configured twice, or takes this one's place. NULL: there is none. */
struct account *users_next_twin(const struct users *users, const struct account *account,
                                struct account *last);

#endif
