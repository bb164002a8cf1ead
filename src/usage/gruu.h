/* The globally routable URIs that a registrar gives to one device of an account (RFC 5627): the
 * public one, the same each time, and a temporary one, new in each 200 and good for as long as the
 * Call-ID of REGISTER stays. They are a stranger's word, so they are checked and bounded. */
#ifndef USAGE_GRUU_H
#define USAGE_GRUU_H

#include "sip/message.h"
#include "usage/binding.h"

enum { GRUU_BYTES_MAX = 319 }; /* of either; HF_REMEMBERED_GRUU has room for it */

/* Texts in one allocation: the public one, then the temporary one; either may be empty. */
struct gruus {
    uint16_t public_length;
    uint16_t temporary_length;
    char text[];
};

/* Those of our Contact in a 200 to REGISTER. NULL: it has none that is sound, or there is no
 * memory. Free it with free(). */
struct gruus *gruus_learn(const struct sip_message *response, const struct own_contact *own);

/* The same from texts without quotes, as they are kept over a restart. */
struct gruus *gruus_make(struct hf_slice pub, struct hf_slice temporary);

/* NULL has neither. */
struct hf_slice gruus_public(const struct gruus *gruus);
struct hf_slice gruus_temporary(const struct gruus *gruus);

/* What the Contact of our requests says (section 4.4.1); empty: nobody gave us one. */
struct hf_slice gruus_contact(const struct gruus *gruus);

/* The Call-ID has changed: what was temporary is void (section 4.2). NULL is ignored. */
void gruus_end_temporary(struct gruus *gruus);

#endif
