#include "sip/stream.h"

#include <stdlib.h>

#include "base/assert.h"
#include "sip/message.h"

enum { FIRST_CAPACITY = 1024, END_LENGTH = 4 };

void stream_clear(struct stream *stream) {
    free(stream->buffer);
    *stream = (struct stream){0};
}

static void forget_message(struct stream *stream) {
    free(stream->buffer);
    stream->buffer = NULL;
    stream->len = stream->capacity = stream->searched = stream->whole = 0;
    stream->given = false;
}

/* What stands between messages. STREAM_MORE: nothing, or nothing that is complete. */
static enum stream_item next_blank(struct stream *stream, struct hf_slice *input) {
    while (input->len > 0 && (input->ptr[0] == '\r' || input->ptr[0] == '\n')) {
        bool ends = input->ptr[0] == '\n' && stream->cr;

        stream->cr = input->ptr[0] == '\r';
        *input = slice_from_index(*input, 1);
        if (!ends)
            continue;
        if (stream->pong_awaited) {
            stream->pong_awaited = false;
            return STREAM_PONG;
        }
        stream->half_ping = !stream->half_ping;
        if (!stream->half_ping)
            return STREAM_PING;
    }
    if (input->len > 0) /* a message begins: what was before it was no ping */
        stream->cr = stream->half_ping = false;
    return STREAM_MORE;
}

/* The length of a message whose header fields are complete. */
static enum stream_item measure(struct hf_slice head, uint32_t *ret) {
    struct sip_message message;
    enum sip_parse_result result = sip_message_parse(&message, head);
    uint32_t length = 0;
    bool given = false;

    if (result == SIP_PARSE_NOT_SIP || result == SIP_PARSE_STATUS_LINE)
        return STREAM_BROKEN;
    if (!sip_parse_is_usable(result) || !sip_content_length_read(&message, &given, &length) ||
        !given || length > LIMIT_MESSAGE_BYTES - head.len)
        return STREAM_UNFRAMED;
    *ret = (uint32_t)head.len + length;
    return STREAM_MESSAGE;
}

/* Finds out how long the message is that `bytes` begin with, as far as that can be known. */
static enum stream_item find_length(struct stream *stream, struct hf_slice bytes,
                                    struct hf_slice *ret) {
    const size_t from = stream->searched > END_LENGTH - 1 ? stream->searched - (END_LENGTH - 1) : 0;
    const size_t most = bytes.len < LIMIT_MESSAGE_BYTES ? bytes.len : LIMIT_MESSAGE_BYTES;

    if (stream->whole > 0)
        return STREAM_MESSAGE;
    const char *end =
        most > from ? memmem(bytes.ptr + from, most - from, "\r\n\r\n", END_LENGTH) : NULL;

    if (end) {
        *ret = slice_of(bytes.ptr, (size_t)(end - bytes.ptr) + END_LENGTH);
        return measure(*ret, &stream->whole);
    }
    stream->searched = (uint32_t)most;
    return most == LIMIT_MESSAGE_BYTES ? STREAM_BROKEN : STREAM_MORE;
}

static bool make_room(struct stream *stream, size_t len) {
    size_t capacity = stream->capacity > 0 ? stream->capacity : FIRST_CAPACITY;

    if (len <= stream->capacity)
        return true;
    while (capacity < len)
        capacity *= 2;
    if (stream->whole > 0)
        capacity = stream->whole;
    char *buffer = realloc(stream->buffer, capacity);

    if (!buffer)
        return false;
    stream->buffer = buffer;
    stream->capacity = (uint32_t)capacity;
    return true;
}

/* Moves what may belong to the message from the input to the buffer. */
static bool append(struct stream *stream, struct hf_slice *input) {
    size_t most = stream->whole > 0 ? stream->whole : LIMIT_MESSAGE_BYTES;
    size_t len = most - stream->len < input->len ? most - stream->len : input->len;

    if (!make_room(stream, stream->len + len))
        return false;
    memcpy(stream->buffer + stream->len, input->ptr, len);
    stream->len += (uint32_t)len;
    *input = slice_from_index(*input, len);
    return true;
}

/* A message that began in an earlier piece. */
static enum stream_item next_in_buffer(struct stream *stream, struct hf_slice *input,
                                       struct hf_slice *ret) {
    const char *input_end = input->ptr + input->len;

    if (!append(stream, input))
        return STREAM_NO_MEMORY;
    enum stream_item item = find_length(stream, slice_of(stream->buffer, stream->len), ret);

    if (item != STREAM_MESSAGE)
        return item;
    if (stream->whole > stream->len)
        return STREAM_MORE;
    /* What is behind the message came with this piece: it is left in the input. */
    size_t left = input->len + (stream->len - stream->whole);

    *input = left > 0 ? slice_of(input_end - left, left) : SLICE_NONE;
    *ret = slice_of(stream->buffer, stream->whole);
    stream->given = true;
    return STREAM_MESSAGE;
}

/* A message that begins with the input, and is not copied if it is whole. */
static enum stream_item next_in_input(struct stream *stream, struct hf_slice *input,
                                      struct hf_slice *ret) {
    enum stream_item item = find_length(stream, *input, ret);

    if (item == STREAM_MESSAGE && stream->whole <= input->len) {
        *ret = slice_of(input->ptr, stream->whole);
        *input = slice_from_index(*input, stream->whole);
        forget_message(stream);
        return STREAM_MESSAGE;
    }
    if (item != STREAM_MESSAGE && item != STREAM_MORE)
        return item;
    return append(stream, input) ? STREAM_MORE : STREAM_NO_MEMORY;
}

enum stream_item stream_next(struct stream *stream, struct hf_slice *input, struct hf_slice *ret) {
    *ret = SLICE_NONE;
    if (stream->given)
        forget_message(stream);
    if (stream->len == 0) {
        enum stream_item item = next_blank(stream, input);

        if (item != STREAM_MORE)
            return item;
    }
    if (input->len == 0)
        return STREAM_MORE;
    return stream->len > 0 ? next_in_buffer(stream, input, ret) : next_in_input(stream, input, ret);
}
