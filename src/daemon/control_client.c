#include "daemon/control_client.h"

#include <stdlib.h>

#include "base/assert.h"
#include "daemon/json_writer.h"

static void go_on(struct control_client *client);

static void set_state(struct control_client *client, enum control_client_state state) {
    static const unsigned legal[] = {
        [CLIENT_READING] = 1u << CLIENT_ANSWERING | 1u << CLIENT_WAITING | 1u << CLIENT_STREAMING |
                           1u << CLIENT_CLOSING,
        [CLIENT_ANSWERING] = 1u << CLIENT_READING | 1u << CLIENT_WAITING | 1u << CLIENT_CLOSING,
        [CLIENT_WAITING] = 1u << CLIENT_ANSWERING | 1u << CLIENT_CLOSING,
        [CLIENT_STREAMING] = 1u << CLIENT_CLOSING,
        [CLIENT_CLOSING] = 0,
    };

    HF_ASSERT(legal[client->state] & 1u << state);
    client->state = state;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer);
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void handle_closed(uv_handle_t *handle) {
    struct control_client *client = handle->data;

    if (--client->open_handles == 0)
        client->closed(client, client->closed_context);
}

void control_client_close(struct control_client *client) {
    if (client->state == CLIENT_CLOSING)
        return;
    set_state(client, CLIENT_CLOSING);
    uv_close((uv_handle_t *)&client->pipe, handle_closed);
    uv_close((uv_handle_t *)&client->timer, handle_closed);
}

static void on_idle(uv_timer_t *timer) {
    control_client_close(timer->data);
}

/* What the client's state means for its timer and its input. One that waits for a long reload, or
 * for events that do not come, is not idle. Requests are read only while none is being answered,
 * which makes a client that goes on writing wait; while events are streamed it is read so that
 * its end is noticed. */
static void follow_state(struct control_client *client) {
    uv_stream_t *stream = (uv_stream_t *)&client->pipe;

    if (client->state == CLIENT_WAITING || client->state == CLIENT_STREAMING)
        uv_timer_stop(&client->timer);
    else
        uv_timer_start(&client->timer, on_idle, CONTROL_IDLE_SECONDS * 1000, 0);
    uv_read_stop(stream);
    if (client->state == CLIENT_READING || client->state == CLIENT_STREAMING)
        (void)uv_read_start(stream, on_alloc, on_read);
}

static void on_written(uv_write_t *write, int status) {
    struct control_client *client = write->data;

    client->writing = false;
    if (client->state == CLIENT_CLOSING)
        return;
    if (status < 0)
        control_client_close(client);
    else
        go_on(client);
}

static void write_front(struct control_client *client, size_t len) {
    uv_buf_t buffer = uv_buf_init(client->front, (unsigned)len);

    HF_ASSERT(!client->writing);
    client->write.data = client;
    client->writing = true;
    if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &buffer, 1, on_written) != 0) {
        client->writing = false;
        control_client_close(client);
    }
}

/* Asks for the next part of the answer and writes it. */
static void answer(struct control_client *client) {
    struct writer w = writer_of(client->front, CONTROL_ANSWER_BYTES);
    enum control_progress progress =
        client->handler->answer(client->handler->context, &client->request, &client->cursor, &w);

    HF_ASSERT(!w.full);
    if (progress == CONTROL_LATER) {
        if (client->state != CLIENT_WAITING)
            set_state(client, CLIENT_WAITING);
        follow_state(client);
        return;
    }
    client->last_part = progress == CONTROL_DONE;
    if (client->state != CLIENT_ANSWERING)
        set_state(client, CLIENT_ANSWERING);
    follow_state(client);
    write_front(client, writer_length(&w));
}

static void begin_error(struct control_client *client, const char *message) {
    struct writer w = writer_of(client->front, CONTROL_ANSWER_BYTES);

    control_write_error(&w, message);
    client->last_part = true;
    set_state(client, CLIENT_ANSWERING);
    follow_state(client);
    write_front(client, writer_length(&w));
}

static void begin_streaming(struct control_client *client) {
    struct writer w = writer_of(client->back, CONTROL_ANSWER_BYTES);

    set_state(client, CLIENT_STREAMING);
    control_write_ok(&w);
    client->back_len = writer_length(&w);
    follow_state(client);
    go_on(client);
}

static void begin_answer(struct control_client *client, struct hf_slice line) {
    char error[CONTROL_ERROR_BYTES];

    if (control_request_parse(line, &client->request, error) != 0) {
        begin_error(client, error);
        return;
    }
    client->cursor = 0;
    if (client->request.command == CONTROL_EVENTS)
        begin_streaming(client);
    else
        answer(client);
}

/* Takes requests out of the input as long as nothing else is going on. */
static void take_requests(struct control_client *client) {
    while (client->state == CLIENT_READING) {
        struct hf_slice input = slice_of(client->input, client->input_len);
        size_t len = slice_index(input, '\n');

        if (len == input.len) {
            if (input.len == sizeof(client->input))
                control_client_turn_away(client, "the request is too long");
            return;
        }
        begin_answer(client, slice_of(input.ptr, len));
        client->input_len -= len + 1;
        memmove(client->input, client->input + len + 1, client->input_len);
    }
}

static bool append_to_back(struct control_client *client, struct hf_slice line) {
    if (CONTROL_ANSWER_BYTES - client->back_len < line.len)
        return false;
    memcpy(client->back + client->back_len, line.ptr, line.len);
    client->back_len += line.len;
    return true;
}

/* Tells how many events are missing at this place. False when there is no room for it. */
static bool append_lost(struct control_client *client) {
    char text[64];
    struct writer w = writer_of(text, sizeof(text));
    struct json_writer json;

    if (client->lost == 0)
        return true;
    json = json_object_begin(&w);
    json_put_number(&json, "lost", client->lost);
    json_object_end(&json);
    writer_put_char(&w, '\n');
    if (!append_to_back(client, writer_slice(&w)))
        return false;
    client->lost = 0;
    return true;
}

static void write_back(struct control_client *client) {
    size_t len;
    char *front = client->front;

    (void)append_lost(client);
    len = client->back_len;
    if (len == 0 || client->writing)
        return;
    client->front = client->back;
    client->back = front;
    client->back_len = 0;
    write_front(client, len);
}

/* What comes after something was written. */
static void go_on(struct control_client *client) {
    switch (client->state) {
    case CLIENT_READING:
    case CLIENT_WAITING:
    case CLIENT_CLOSING:
        return;
    case CLIENT_STREAMING:
        write_back(client);
        return;
    case CLIENT_ANSWERING:
        if (!client->last_part) {
            answer(client);
            return;
        }
        set_state(client, CLIENT_READING);
        follow_state(client);
        take_requests(client);
        return;
    }
}

bool control_client_publish(struct control_client *client, struct hf_slice line) {
    if (client->state != CLIENT_STREAMING)
        return true;
    if (!append_lost(client) || !append_to_back(client, line)) {
        client->lost++;
        return false;
    }
    if (!client->writing)
        write_back(client);
    return true;
}

void control_client_wake(struct control_client *client) {
    if (client->state == CLIENT_WAITING)
        answer(client);
}

void control_client_turn_away(struct control_client *client, const char *message) {
    struct writer w = writer_of(client->front, CONTROL_ANSWER_BYTES);
    uv_buf_t buffer;

    control_write_error(&w, message);
    buffer = uv_buf_init(client->front, (unsigned)writer_length(&w));
    (void)uv_try_write((uv_stream_t *)&client->pipe, &buffer, 1);
    control_client_close(client);
}

/* Room for more input; none while an answer is due, which makes the sender wait. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    struct control_client *client = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(client->input + client->input_len,
                          (unsigned)(sizeof(client->input) - client->input_len));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
    struct control_client *client = stream->data;

    (void)buffer;
    if (client->state == CLIENT_CLOSING)
        return;
    if (count < 0) {
        control_client_close(client);
        return;
    }
    if (client->state == CLIENT_STREAMING)
        return;
    client->input_len += (size_t)count;
    take_requests(client);
}

struct control_client *control_client_accept(uv_loop_t *loop, uv_stream_t *listener,
                                             const struct control_handler *handler,
                                             void (*closed)(struct control_client *, void *),
                                             void *closed_context) {
    struct control_client *client = malloc(sizeof(*client));

    if (!client)
        return NULL;
    memset(client, 0, offsetof(struct control_client, buffers));
    client->handler = handler;
    client->closed = closed;
    client->closed_context = closed_context;
    client->front = client->buffers[0];
    client->back = client->buffers[1];
    client->open_handles = 2;
    list_init(&client->node);
    uv_pipe_init(loop, &client->pipe, 0);
    uv_timer_init(loop, &client->timer);
    client->pipe.data = client->timer.data = client;
    if (uv_accept(listener, (uv_stream_t *)&client->pipe) != 0) {
        control_client_close(client);
        return NULL;
    }
    follow_state(client);
    return client;
}
