/* Whether a request can be served at all (RFC 3261 sections 8.1.1 and 8.2): what every server has
 * to look at before it looks at the method. */
#ifndef SIP_VALIDATE_H
#define SIP_VALIDATE_H

#include "sip/message.h"

/* 0, or the status to answer with: 400, 416, 505. `result` is what the parser said, and usable.
 * Extensions that are required (420) and bodies (415) are the server's own matter. */
unsigned sip_request_fault(const struct sip_message *request, enum sip_parse_result result);

#endif
