#include "net/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"

enum stream_state {
    STREAM_OPENING,
    STREAM_OPEN,
    STREAM_ENDED, /* the handler knows that it is over */
    STREAM_CLOSED,
};

struct stream {
    struct tcp_connection *tcp;
    struct tls_session *tls;
    struct stream_handler handler;
    void *user;
    enum stream_state state;
    unsigned calls; /* that are under way above it: it is freed when they are over */
};

static void set_state(struct stream *stream, enum stream_state state) {
    switch (state) {
    case STREAM_OPENING:
        HF_ASSERT(false);
    case STREAM_OPEN:
        HF_ASSERT(stream->state == STREAM_OPENING);
        break;
    case STREAM_ENDED:
        HF_ASSERT(stream->state == STREAM_OPENING || stream->state == STREAM_OPEN);
        break;
    case STREAM_CLOSED:
        HF_ASSERT(stream->state != STREAM_CLOSED);
        break;
    }
    stream->state = state;
}

static bool is_over(const struct stream *stream) {
    return stream->state == STREAM_ENDED || stream->state == STREAM_CLOSED;
}

static void release(struct stream *stream) {
    tls_free(stream->tls);
    free(stream);
}

static void enter(struct stream *stream) {
    stream->calls++;
}

static void leave(struct stream *stream) {
    if (--stream->calls == 0 && stream->state == STREAM_CLOSED)
        release(stream);
}

static void end(struct stream *stream, enum hf_path_failure failure, const char *detail) {
    if (is_over(stream))
        return;
    set_state(stream, STREAM_ENDED);
    stream->handler.failed(stream->user, failure, detail);
}

/* What TLS wants sent. */
static int pass_on(struct stream *stream) {
    int error = tcp_send(stream->tcp, tls_output(stream->tls));

    tls_sent(stream->tls);
    return error;
}

static void open_up(struct stream *stream) {
    set_state(stream, STREAM_OPEN);
    stream->handler.opened(stream->user);
}

/* What the last bytes from the network, or the first of our own, have led to. */
static void go_on(struct stream *stream) {
    char buffer[TLS_RECORD_BYTES];
    size_t count;

    (void)pass_on(stream); /* far from the queue's bound: what TLS says for itself is short */
    if (stream->state == STREAM_OPENING && tls_state(stream->tls) == TLS_OPEN)
        open_up(stream);
    while (!is_over(stream) && (count = tls_read(stream->tls, buffer, sizeof buffer)) > 0)
        stream->handler.received(stream->user, slice_of(buffer, count));
    if (is_over(stream))
        return;
    int error = pass_on(stream);

    tcp_flush(stream->tcp); /* an alert too, so that the peer's log knows what we found wrong */
    if (is_over(stream))
        return;
    if (tls_state(stream->tls) == TLS_FAILED)
        end(stream, tls_failure(stream->tls), tls_detail(stream->tls));
    else if (tls_state(stream->tls) == TLS_ENDED)
        end(stream, HF_PATH_CLOSED, "the peer has closed the connection");
    else if (error)
        end(stream, HF_PATH_CLOSED, "the peer asks for more than it takes");
}

static void on_opened(void *user) {
    struct stream *stream = user;

    enter(stream);
    if (stream->tls) {
        tls_begin(stream->tls);
        go_on(stream);
    } else {
        open_up(stream);
    }
    leave(stream);
}

static void on_received(void *user, struct hf_slice bytes) {
    struct stream *stream = user;

    enter(stream);
    if (is_over(stream))
        HF_ASSERT(stream->state == STREAM_ENDED);
    else if (!stream->tls)
        stream->handler.received(stream->user, bytes);
    else {
        tls_receive(stream->tls, bytes);
        go_on(stream);
    }
    leave(stream);
}

static void on_failed(void *user, enum hf_path_failure failure, const char *detail) {
    struct stream *stream = user;

    enter(stream);
    if (stream->tls && stream->state == STREAM_OPENING && failure == HF_PATH_CLOSED)
        end(stream, HF_PATH_TLS_HANDSHAKE,
            "the peer has closed the connection during the TLS handshake");
    else
        end(stream, failure, detail);
    leave(stream);
}

static const struct tcp_handler tcp_handler = {
    .opened = on_opened, .received = on_received, .failed = on_failed};

static struct stream *make(struct tls_session *tls, const struct stream_handler *handler,
                           void *user) {
    struct stream *stream = calloc(1, sizeof *stream);

    if (!stream) {
        tls_free(tls);
        return NULL;
    }
    stream->tls = tls;
    stream->handler = *handler;
    stream->user = user;
    return stream;
}

int stream_connect(uv_loop_t *loop, const struct tcp_options *options, struct tls_session *tls,
                   const struct stream_handler *handler, void *user, struct stream **ret,
                   enum hf_path_failure *ret_failure) {
    struct stream *stream = make(tls, handler, user);

    *ret_failure = HF_PATH_UNREACHABLE;
    if (!stream)
        return -ENOMEM;
    int error = tcp_connect(loop, options, &tcp_handler, stream, &stream->tcp, ret_failure);

    if (error)
        release(stream);
    else
        *ret = stream;
    return error;
}

int stream_adopt(uv_loop_t *loop, int fd, const struct tcp_options *options,
                 struct tls_session *tls, const struct stream_handler *handler, void *user,
                 struct stream **ret) {
    struct stream *stream = make(tls, handler, user);

    if (!stream) {
        close(fd);
        return -ENOMEM;
    }
    int error = tcp_adopt(loop, fd, options, &tcp_handler, stream, &stream->tcp);

    if (error) {
        release(stream);
        return error;
    }
    if (!tls)
        set_state(stream, STREAM_OPEN);
    *ret = stream;
    return 0;
}

int stream_send(struct stream *stream, struct hf_slice bytes) {
    if (stream->state != STREAM_OPEN)
        return 0;
    if (!stream->tls)
        return tcp_send(stream->tcp, bytes);
    return tls_write(stream->tls, bytes) ? pass_on(stream) : -EPIPE;
}

void stream_flush(struct stream *stream) {
    enter(stream);
    tcp_flush(stream->tcp);
    leave(stream);
}

void stream_close(struct stream *stream) {
    if (!stream)
        return;
    if (stream->tls && stream->state == STREAM_OPEN) {
        tls_end(stream->tls);
        (void)pass_on(stream);
    }
    set_state(stream, STREAM_CLOSED);
    enter(stream);
    tcp_close(stream->tcp);
    leave(stream);
}

struct hf_address stream_local(const struct stream *stream) {
    return tcp_local(stream->tcp);
}

struct hf_address stream_remote(const struct stream *stream) {
    return tcp_remote(stream->tcp);
}

const struct tls_session *stream_tls(const struct stream *stream) {
    return stream->tls;
}
