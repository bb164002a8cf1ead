/* Where the peer of a path sees us: behind a NAT at another address and port than our own. Every
 * answer says so (received and rport of the topmost Via: RFC 3261 section 18.2.1, RFC 3581 section
 * 4), that to a keep-alive too.
 *
 * An account whose settings want it (FLX "Enable SIP Traversal Behind Symmetric NAT", Grandstream
 * "Use WAN address in Contact"; "STUN" and "Auto", which may ask a server first: discovery.h)
 * names that place in its Contact. When the NAT has forgotten us and gives us another one, every
 * account on the path registers anew, whatever its Contact says: the registrar sends calls to where
 * the last REGISTER came from. */
#ifndef ACCOUNT_MAPPING_H
#define ACCOUNT_MAPPING_H

#include "account/account.h"
#include "sip/via.h"

/* Whether our Contact is to name the place where others see us. */
bool mapping_is_told(const struct hf_settings *settings);

/* An answer to one of our requests came in on the path; `via` is its topmost. */
void mapping_note(struct engine *engine, struct path *path, const struct via *via, hf_time now);

/* Something else told where the peer sees us. */
void mapping_note_place(struct engine *engine, struct path *path, const struct hf_address *place,
                        hf_time now);

/* Something shows that the NAT treats us otherwise than before, but not how: the accounts that are
 * bound there register again, and the answers tell. */
void mapping_moved(struct engine *engine, struct path *path, hf_time now);

/* The peer does not answer keep-alives any more: the accounts that are bound there register again.
 */
void mapping_doubt(struct engine *engine, struct path *path, hf_time now);

/* What our Contact says on this path, as of when the path's shown_count was `shown`. */
struct hf_address mapping_contact(const struct hf_settings *settings, const struct path *path,
                                  uint8_t shown);

/* What our Via says: with a STUN server the same, as the phones do, so that an answer to what the
 * Via says (a server without rport) gets through the NAT; else the local address. */
struct hf_address mapping_sent_by(const struct hf_settings *settings, const struct path *path,
                                  uint8_t shown);

/* What the Contact of the account's binding says, if a REGISTER on this path would say something
 * else and thus leave that one behind. Family NONE: it would not, or nobody knows any more. */
struct hf_address mapping_former(const struct account *account, const struct path *path,
                                 uint8_t shown);

/* The binding's Contact has been overtaken while its REGISTER was under way: another follows. */
void mapping_settle(struct account *account, hf_time now);

/* Removes the first of those Contacts that earlier places left behind at the server which holds the
 * binding: its removal, or the answer to the REGISTER that made it, got lost. */
void mapping_clear_strays(struct engine *engine, struct account *account,
                          const struct strays *strays, hf_time now);

#endif
