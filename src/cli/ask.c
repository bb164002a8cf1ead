#include "cli/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/control_socket.h"

static int report_connect(const char *path, int error) {
    if (error == ENOENT || error == ECONNREFUSED)
        return cli_failure("no holdfast answers at %s: is 'holdfast run' running? (see --control)",
                           path);
    return cli_failure("cannot connect to %s: %s", path, strerror(error));
}

static bool send_all(int fd, struct hf_slice bytes) {
    while (bytes.len > 0) {
        ssize_t count = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (count < 0 && errno != EINTR)
            return false;
        bytes = slice_from_index(bytes, count > 0 ? (size_t)count : 0);
    }
    return true;
}

int ask_begin(struct ask *ask, const char *control, const struct control_request *request) {
    char usual[CONTROL_PATH_MAX], text[CONTROL_REQUEST_BYTES_MAX];
    struct writer w = writer_of(text, sizeof(text));
    const char *path = control;
    int fd;

    *ask = (struct ask){0};
    if (!path && control_socket_default(usual) != 0)
        return cli_failure("the control socket's path is too long");
    path = path ? path : usual;
    fd = control_socket_connect(path);
    if (fd == -ENOENT && !control) { /* none of this user's: the system's service */
        int service = control_socket_connect(CONTROL_SOCKET_OF_SERVICE);

        fd = service == -ENOENT ? fd : service;
        path = service == -ENOENT ? path : CONTROL_SOCKET_OF_SERVICE;
    }
    if (fd < 0)
        return report_connect(path, -fd);
    control_request_write(request, &w);
    if (!send_all(fd, writer_slice(&w))) {
        close(fd);
        return cli_failure("cannot write to %s: %s", path, strerror(errno));
    }
    ask->in = fdopen(fd, "r");
    if (!ask->in) {
        close(fd);
        return cli_failure("out of memory");
    }
    return CLI_OK;
}

bool ask_next(struct ask *ask) {
    ssize_t len = getline(&ask->line, &ask->line_capacity, ask->in);

    json_decref(ask->item);
    ask->item = NULL;
    if (len <= 0)
        return false;
    if (ask->line[len - 1] == '\n')
        ask->line[--len] = '\0';
    ask->item = json_loadb(ask->line, (size_t)len, 0, NULL);
    if (!json_is_object(ask->item))
        return false;
    if (!json_object_get(ask->item, "result"))
        return true;
    ask->result = json_incref(ask->item);
    return false;
}

int ask_verdict(const struct ask *ask) {
    const char *result = json_string_value(json_object_get(ask->result, "result"));
    const char *message = json_string_value(json_object_get(ask->result, "message"));

    if (!ask->result)
        return cli_failure("the daemon closed the connection before its answer was complete");
    if (result && strcmp(result, "ok") == 0)
        return CLI_OK;
    return cli_failure("%s", message ? message : "the daemon refused");
}

void ask_release(struct ask *ask) {
    if (ask->in)
        fclose(ask->in);
    free(ask->line);
    json_decref(ask->item);
    json_decref(ask->result);
    *ask = (struct ask){0};
}

static int take_account(const struct cli_command *command, enum ask_account wanted,
                        struct control_request *request, const char *name) {
    size_t len = strlen(name);

    if (wanted == ASK_OF_ALL || request->account_len > 0)
        return cli_usage_error(command, "'%s' is too much", name);
    if (len == 0 || len > sizeof(request->account))
        return cli_usage_error(command, "'%.40s' is no account's name", name);
    memcpy(request->account, name, len);
    request->account_len = len;
    return CLI_OK;
}

static void take_option(const struct cli_option *option, const char *value,
                        struct ask_words *words) {
    if (option->letter == 'c')
        words->control = value;
    else if (option->letter == 'j')
        words->json = true;
    else
        words->summary = true;
}

int ask_read(const struct cli_command *command, enum ask_account account, int argc, char **argv,
             struct control_request *request, struct ask_words *ret) {
    struct cli_arguments arguments;
    int next;

    *ret = (struct ask_words){0};
    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next >= 0)
            take_option(&command->options[next], arguments.value, ret);
        else if (take_account(command, account, request, arguments.value) != CLI_OK)
            return CLI_USAGE;
    }
    if (account == ASK_OF_ONE && request->account_len == 0)
        return cli_usage_error(command, "which account?");
    return CLI_OK;
}
