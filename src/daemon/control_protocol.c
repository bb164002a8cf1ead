#include "daemon/control_protocol.h"

#include <jansson.h>
#include <stdio.h>

#include "daemon/json_writer.h"
#include "daemon/text.h"

enum account_member { ACCOUNT_NONE, ACCOUNT_OPTIONAL, ACCOUNT_REQUIRED };

static const struct {
    const char *name;
    enum account_member account;
} commands[] = {
    [CONTROL_STATUS] = {"status", ACCOUNT_OPTIONAL},
    [CONTROL_SUMMARY] = {"summary", ACCOUNT_NONE},
    [CONTROL_EVENTS] = {"events", ACCOUNT_NONE},
    [CONTROL_EXPLAIN] = {"explain", ACCOUNT_REQUIRED},
    [CONTROL_REGISTER] = {"register", ACCOUNT_REQUIRED},
    [CONTROL_UNREGISTER] = {"unregister", ACCOUNT_REQUIRED},
    [CONTROL_RELOAD] = {"reload", ACCOUNT_NONE},
    [CONTROL_METRICS] = {"metrics", ACCOUNT_NONE},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

const char *control_command_name(enum control_command command) {
    return commands[command].name;
}

static int wrong(char error[CONTROL_ERROR_BYTES], const char *text) {
    snprintf(error, CONTROL_ERROR_BYTES, "%s", text);
    return HF_ERROR_INVALID;
}

static int read_command(const json_t *value, struct control_request *request, char *error) {
    if (!json_is_string(value))
        return wrong(error, "'command' is not a string");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(json_string_value(value), commands[i].name) == 0) {
            request->command = (enum control_command)i;
            return 0;
        }
    }
    return wrong(error, "there is no such command");
}

static int read_account(const json_t *value, struct control_request *request, char *error) {
    size_t len = json_string_length(value);

    if (!json_is_string(value) || len == 0 || len > sizeof(request->account))
        return wrong(error, "'account' is not a string of 1 to 255 bytes");
    memcpy(request->account, json_string_value(value), len);
    request->account_len = len;
    return 0;
}

static int read_members(json_t *object, struct control_request *request, char *error) {
    bool has_command = false;
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value) {
        int result;

        if (strcmp(name, "command") == 0) {
            result = read_command(value, request, error);
            has_command = true;
        } else if (strcmp(name, "account") == 0) {
            result = read_account(value, request, error);
        } else {
            result = wrong(error, "a request has only 'command' and 'account'");
        }
        if (result != 0)
            return result;
    }
    if (!has_command)
        return wrong(error, "a request needs a 'command'");
    if (request->account_len == 0 && commands[request->command].account == ACCOUNT_REQUIRED)
        return wrong(error, "this command needs an 'account'");
    if (request->account_len > 0 && commands[request->command].account == ACCOUNT_NONE)
        return wrong(error, "this command takes no 'account'");
    return 0;
}

int control_request_parse(struct hf_slice line, struct control_request *ret,
                          char error[CONTROL_ERROR_BYTES]) {
    struct control_request request = {0};
    json_error_t where;
    json_t *object;
    int result;

    if (line.len > CONTROL_REQUEST_BYTES_MAX)
        return wrong(error, "the request is too long");
    object = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(object)) {
        json_decref(object);
        return wrong(error, "a request is one JSON object on one line");
    }
    result = read_members(object, &request, error);
    json_decref(object);
    if (result == 0)
        *ret = request;
    return result;
}

void control_request_write(const struct control_request *request, struct writer *w) {
    struct json_writer json = json_object_begin(w);

    json_put_text(&json, "command", slice_from(commands[request->command].name));
    if (request->account_len > 0)
        json_put_text(&json, "account", control_request_account(request));
    json_object_end(&json);
    writer_put_char(w, '\n');
}

void control_write_ok(struct writer *w) {
    writer_put_literal(w, "{\"result\": \"ok\"}\n");
}

void control_write_error(struct writer *w, const char *message) {
    struct json_writer json = json_object_begin(w);

    json_put_text(&json, "result", SLICE("error"));
    json_put_text(&json, "message", slice_from(message));
    json_object_end(&json);
    writer_put_char(w, '\n');
}

void control_write_unknown_account(struct writer *w, const struct near_names *near) {
    char message[1024];
    struct writer m = writer_of(message, sizeof(message) - 1);

    writer_put_literal(&m, "there is no account '");
    text_write_clean(&m, near->wanted);
    writer_put_char(&m, '\'');
    for (unsigned i = 0; i < near->count; i++) {
        writer_put_slice(&m, i == 0 ? SLICE("; did you mean ") : SLICE(" or "));
        writer_put_char(&m, '\'');
        text_write_clean(&m, near->names[i]);
        writer_put_char(&m, '\'');
    }
    if (near->count > 0)
        writer_put_char(&m, '?');
    *m.at = '\0';
    control_write_error(w, message);
}
