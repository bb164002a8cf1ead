#include "daemon/json_writer.h"

#include "daemon/text.h"

struct json_writer json_object_begin(struct writer *out) {
    writer_put_char(out, '{');
    return (struct json_writer){.out = out};
}

void json_object_end(struct json_writer *json) {
    writer_put_char(json->out, '}');
}

static void put_string(struct writer *w, struct hf_slice s) {
    writer_put_char(w, '"');
    while (s.len > 0) {
        size_t len = utf8_sequence(s);
        char c = s.ptr[0];

        if (len == 0) {
            writer_put_literal(w, "\xEF\xBF\xBD");
            len = 1;
        } else if (c == '"' || c == '\\') {
            writer_put_char(w, '\\');
            writer_put_char(w, c);
        } else if ((unsigned char)c < 0x20 || c == 0x7F) {
            writer_put_literal(w, "\\u");
            writer_put_hex(w, (unsigned char)c, 4);
        } else {
            writer_put(w, s.ptr, len);
        }
        s = slice_from_index(s, len);
    }
    writer_put_char(w, '"');
}

static void put_name(struct json_writer *json, const char *name) {
    if (json->started)
        writer_put_literal(json->out, ", ");
    json->started = true;
    put_string(json->out, slice_from(name));
    writer_put_literal(json->out, ": ");
}

struct json_writer json_list_begin(struct json_writer *json, const char *name) {
    put_name(json, name);
    writer_put_char(json->out, '[');
    return (struct json_writer){.out = json->out};
}

struct json_writer json_list_object(struct json_writer *list) {
    if (list->started)
        writer_put_literal(list->out, ", ");
    list->started = true;
    return json_object_begin(list->out);
}

void json_list_end(struct json_writer *list) {
    writer_put_char(list->out, ']');
}

void json_put_text(struct json_writer *json, const char *name, struct hf_slice value) {
    put_name(json, name);
    put_string(json->out, value);
}

void json_put_text_or_null(struct json_writer *json, const char *name, struct hf_slice value) {
    if (slice_is_empty(value))
        json_put_null(json, name);
    else
        json_put_text(json, name, value);
}

void json_put_number(struct json_writer *json, const char *name, uint64_t value) {
    put_name(json, name);
    writer_put_number(json->out, value);
}

void json_put_null(struct json_writer *json, const char *name) {
    put_name(json, name);
    writer_put_literal(json->out, "null");
}

void json_put_seconds(struct json_writer *json, const char *name, int64_t milliseconds) {
    uint64_t value = (uint64_t)milliseconds;

    if (milliseconds < 0) {
        json_put_null(json, name);
        return;
    }
    put_name(json, name);
    writer_put_number(json->out, value / 1000);
    writer_put_char(json->out, '.');
    writer_put_char(json->out, (char)('0' + value / 100 % 10));
    writer_put_char(json->out, (char)('0' + value / 10 % 10));
    writer_put_char(json->out, (char)('0' + value % 10));
}
