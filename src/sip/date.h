/* Dates as SIP writes them (RFC 3261 section 20.17): "Sat, 21 Nov 2026 09:00:00 GMT". */
#ifndef SIP_DATE_H
#define SIP_DATE_H

#include "base/slice.h"

/* Seconds since 1970-01-01 00:00 GMT, for the years 1970 to 9999. The weekday is not checked, and
 * may be missing. False when it is no date, or of another zone than GMT. */
bool sip_date_parse(struct hf_slice text, uint64_t *ret);

#endif
