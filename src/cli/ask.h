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

/* What the commands that ask it are told. */
struct ask_words {
    const char *control;
    bool json, summary;
};

enum ask_account { ASK_OF_ALL, ASK_OF_ALL_OR_ONE, ASK_OF_ONE };

/* Reads their arguments, as far as the command has these options (by their letters: c, j, s); the
 * account's name goes into the request. CLI_USAGE after a report. */
int ask_read(const struct cli_command *command, enum ask_account account, int argc, char **argv,
             struct control_request *request, struct ask_words *ret);

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

#endif
