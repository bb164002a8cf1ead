/* Asks the running daemon through its control socket. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <jansson.h>

#include "cli/command.h"
#include "daemon/control_protocol.h"

#define CLI_OPTION_CONTROL                                                                         \
    {                                                                                              \
        "control", "SOCKET",                                                                       \
            "the control socket of the daemon\n($XDG_RUNTIME_DIR/holdfast.sock or "                \
            "/run/holdfast.sock,\nelse /run/holdfast/holdfast.sock)",                              \
            'c'                                                                                    \
    }

struct ask {
    FILE *in;
    char *line; /* the last one read, without its newline */
    size_t line_capacity;
    json_t *item;   /* the same, parsed */
    json_t *result; /* the last line of the answer */
};

/* Connects and sends the request. Returns CLI_OK, or CLI_FAILED after a report; the struct is to
 * be released in any case. `control` NULL means the usual socket. */
int ask_begin(struct ask *ask, const char *control, const struct control_request *request);

/* Reads the next line into `line` and `item`. False after the answer's last line, which is in
 * `result` then, or when the daemon has gone (`result` is NULL). */
bool ask_next(struct ask *ask);

/* What the answer comes to, reported when it is not good. */
int ask_verdict(const struct ask *ask);

void ask_release(struct ask *ask);

/* Puts an account's name into a request; CLI_USAGE after a report when it is too long. */
int ask_set_account(const struct cli_command *command, struct control_request *request,
                    const char *account);

#endif
