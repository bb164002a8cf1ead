/* As much of STUN (RFC 8489) as a keep-alive on a SIP flow and the discovery of our outer address
 * need (RFC 5626 section 4.4.2): the binding request, and the address in the answer to it. Pure. */
#ifndef SIP_STUN_H
#define SIP_STUN_H

#include "base/slice.h"
#include "holdfast/types.h"

enum { STUN_REQUEST_BYTES = 20, STUN_RESPONSE_MAX = 44 };

/* Whether a datagram is STUN, not SIP: the first two bits are 0, and the magic cookie is there
 * (section 5). */
bool stun_is_it(struct hf_slice bytes);

/* Writes a binding request without attributes. `id` is the transaction's, of which an attacker
 * off the path must know nothing. */
void stun_request_write(char buffer[STUN_REQUEST_BYTES], const uint64_t id[2]);

/* The id of the transaction that a message belongs to. False: it is no STUN. */
bool stun_id_read(struct hf_slice bytes, uint64_t ret[2]);

/* The address in a success response to the request with this id: XOR-MAPPED-ADDRESS (section 14.2),
 * else MAPPED-ADDRESS. False: it is no such response. */
bool stun_response_read(struct hf_slice bytes, const uint64_t id[2], struct hf_address *ret);

/* The success response to a binding request, with the address that it came from. Empty: the bytes
 * are no binding request. */
struct hf_slice stun_answer(struct hf_slice request, const struct hf_address *from,
                            char buffer[STUN_RESPONSE_MAX]);

#endif
