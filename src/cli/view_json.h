/* Views (daemon/view.h) of what the daemon answers. */
#ifndef CLI_VIEW_JSON_H
#define CLI_VIEW_JSON_H

#include <jansson.h>

#include "daemon/view.h"

/* Borrow from the object. Whatever is missing, null or of another type is unknown. */
void status_view_from_json(struct status_view *view, const json_t *object);
void event_view_from_json(struct event_view *view, const json_t *object);

#endif
