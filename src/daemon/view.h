/* What is shown of an account and of an event: the engine's structs with every address, time and
 * word turned into what the JSON contract and the tables say. Made from the engine's structs in
 * the daemon, and from JSON in the commands that ask it. */
#ifndef DAEMON_VIEW_H
#define DAEMON_VIEW_H

#include "base/address.h"
#include "daemon/json_writer.h"
#include "daemon/wall_clock.h"
#include "holdfast/event.h"

/* One status object, with all registrations that an account can have at the same time. */
enum { STATUS_VIEW_BYTES_MAX = 32768 };

/* Empty slices, WALL_UNKNOWN and a status of 0 mean unknown: null in JSON. Slices are borrowed
 * from what the view was made of, `target` excepted, which points into the view: do not copy a
 * view. */
struct status_view {
    struct hf_slice account;
    struct hf_slice state;
    struct hf_slice server;
    struct hf_slice target;
    struct hf_slice transport;
    struct hf_slice contact;
    struct hf_slice public_gruu; /* shown only where there is one, as the next */
    struct hf_slice temporary_gruu;
    int64_t registered_since;   /* ms since 1970 */
    int64_t binding_expires_in; /* ms */
    int64_t next_attempt_in;    /* ms */
    unsigned failures;
    unsigned last_status;
    struct hf_slice last_reason;
    unsigned reg_id;     /* 0: no flow; the member is not there then */
    unsigned legs;       /* registrations at the same time; 0: one, or not looked at */
    unsigned legs_bound; /* those of them that have a binding */
    char target_text[ADDRESS_TEXT_MAX];
};

void status_view_init(struct status_view *view, struct hf_slice account,
                      const struct hf_account_status *status, const struct wall_clock *clock);

/* "udp", static. */
struct hf_slice view_transport_name(enum hf_transport transport);

/* One object of the contract, without a newline. */
void status_view_write_json(const struct status_view *view, struct writer *w);

/* Its members, `account` where it is not empty, into an object that may have others. */
void status_view_put(const struct status_view *view, struct json_writer *json);

struct event_view {
    int64_t time; /* ms since 1970 */
    struct hf_slice account;
    struct hf_slice event;
    struct hf_slice server;
    struct hf_slice target;
    unsigned status;
    struct hf_slice reason;
    char target_text[ADDRESS_TEXT_MAX];
};

void event_view_init(struct event_view *view, struct hf_slice account, const struct hf_event *event,
                     const struct wall_clock *clock);
void event_view_write_json(const struct event_view *view, struct writer *w);

/* "office/1 127.0.0.1:5060 registered: 200 OK", for logs and `holdfast events`; without the time
 * and the end of the line. */
void event_view_write_text(const struct event_view *view, struct writer *w);

#endif
