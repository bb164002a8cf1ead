/* JSON objects (RFC 8259) written into a buffer, without allocation: a status answer for a
 * million accounts is a million of them. */
#ifndef DAEMON_JSON_WRITER_H
#define DAEMON_JSON_WRITER_H

#include "base/writer.h"

struct json_writer {
    struct writer *out;
    bool started; /* a member is written already */
};

struct json_writer json_object_begin(struct writer *out);
void json_object_end(struct json_writer *json);

/* A string; bytes that are not UTF-8 become U+FFFD. */
void json_put_text(struct json_writer *json, const char *name, struct hf_slice value);

/* As json_put_text, but null for an empty text. */
void json_put_text_or_null(struct json_writer *json, const char *name, struct hf_slice value);

void json_put_number(struct json_writer *json, const char *name, uint64_t value);
void json_put_null(struct json_writer *json, const char *name);

/* A member that is a list of objects; nothing else is put into the object before its end. */
struct json_writer json_list_begin(struct json_writer *json, const char *name);
struct json_writer json_list_object(struct json_writer *list);
void json_list_end(struct json_writer *list);

/* Milliseconds written as seconds with three decimals; null when negative. */
void json_put_seconds(struct json_writer *json, const char *name, int64_t milliseconds);

#endif
