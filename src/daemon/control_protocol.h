/* The language of the control socket: one JSON object a line, requests one way, answers the
 * other (docs/operating.md). Whoever may open the socket may write anything into it. */
#ifndef DAEMON_CONTROL_PROTOCOL_H
#define DAEMON_CONTROL_PROTOCOL_H

#include "base/writer.h"
#include "daemon/near_name.h"

enum {
    CONTROL_REQUEST_BYTES_MAX = 4096, /* one request with its newline */
    CONTROL_ANSWER_BYTES = 65536,     /* a part of an answer is written into this */
    ACCOUNT_NAME_BYTES_MAX = 255,
    CONTROL_ERROR_BYTES = 160,
};

enum control_command {
    CONTROL_STATUS,
    CONTROL_SUMMARY,
    CONTROL_EVENTS,
    CONTROL_EXPLAIN,
    CONTROL_REGISTER,
    CONTROL_UNREGISTER,
    CONTROL_RELOAD,
    CONTROL_METRICS,
};

struct control_request {
    enum control_command command;
    size_t account_len; /* 0 = none was given */
    char account[ACCOUNT_NAME_BYTES_MAX];
};

static inline struct hf_slice control_request_account(const struct control_request *request) {
    return slice_of(request->account, request->account_len);
}

/* Reads a line without its newline. On HF_ERROR_INVALID `error` says in English what is wrong. */
int control_request_parse(struct hf_slice line, struct control_request *ret,
                          char error[CONTROL_ERROR_BYTES]);

/* The other way round, with its newline, for the commands that ask. */
void control_request_write(const struct control_request *request, struct writer *w);

const char *control_command_name(enum control_command command);

/* The last line of an answer. */
void control_write_ok(struct writer *w);
void control_write_error(struct writer *w, const char *message);
void control_write_unknown_account(struct writer *w, const struct near_names *near);

#endif
