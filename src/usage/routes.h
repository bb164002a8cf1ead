/* The ways that a 200 to REGISTER tells of: Service-Route, which later requests of this binding go
 * by (RFC 3608), and Path, by which the registrar reaches us (RFC 3327). Both are a stranger's
 * word, so they are checked and bounded. */
#ifndef USAGE_ROUTES_H
#define USAGE_ROUTES_H

#include "sip/message.h"

enum { ROUTES_VALUES_MAX = 10, ROUTES_BYTES_MAX = 1024 }; /* of either */

/* Texts in one allocation; each a list of values, "<sip:a;lr>, <sip:b;lr>", or empty. */
struct routes {
    uint16_t service_length;
    uint16_t path_length;
    char text[]; /* the service route, then the path */
};

/* NULL: the answer has neither, or none that is sound, or there is no memory. A list of which one
 * value is wrong counts as absent: a way with a gap leads elsewhere. Free it with free(). */
struct routes *routes_learn(const struct sip_message *response);

/* NULL has neither. */
struct hf_slice routes_service(const struct routes *routes);
struct hf_slice routes_path(const struct routes *routes);

/* Takes the first value off a list that routes_learn gave. False: it is empty. */
bool routes_take_first(struct hf_slice *list, struct hf_slice *ret_uri);

#endif
