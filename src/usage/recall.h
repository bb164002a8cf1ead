/* What a registration tells of itself so that it can go on after a restart, and the way back.
 * What comes back may be anything: a file that was damaged or written by somebody else. */
#ifndef USAGE_RECALL_H
#define USAGE_RECALL_H

#include "holdfast/remember.h"
#include "usage/registration.h"

/* Every text is terminated and what it says it is, every number in its range. */
bool recall_is_sound(const struct hf_remembered *remembered);

/* Call-ID, CSeq and challenge; the bindings are the account's. */
void registration_remember(const struct registration *registration, struct hf_remembered *ret);

/* Goes on where it was: the same Call-ID with a CSeq beyond any that can have been used (a new
 * Call-ID where half of all numbers are used up), and the nonce with a count beyond any. Sound
 * memories only. Without memory for it the nonce is left out. */
void registration_recall(struct registration *registration, const struct hf_remembered *remembered,
                         const struct hf_settings *settings, struct digest_context *digest,
                         struct random *random);

/* Whether a remembered Contact carries this registration's mark: it is of the same user at the
 * same server. */
bool recall_is_ours(const struct registration *registration, const char *contact);

#endif
