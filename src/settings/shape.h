/* What a text must look like because of where it is written in a SIP message: without this a slip
 * in a file makes requests that no server can read. */
#ifndef SETTINGS_SHAPE_H
#define SETTINGS_SHAPE_H

#include "base/slice.h"

enum text_shape {
    SHAPE_ANY,        /* escaped or quoted where it is written */
    SHAPE_DOMAIN,     /* the host of a URI: a name, or an address (IPv6 with or without brackets) */
    SHAPE_PARAMETERS, /* ";name" and ";name=value", the value maybe in quotes */
    SHAPE_URN,        /* visible ASCII that does not end a "<...>" in quotes */
};

/* NULL, or what is wrong with the text: "is not ...". */
const char *shape_fault(enum text_shape shape, struct hf_slice text);

#endif
