/* Answers as broken boxes send them: none of them is to be believed, and each says 403, so that a
 * phone that believes one is seen to. */
#include "registrar/internal.h"
#include "sip/response.h"

enum { ANSWER_MAX = 8192 };

static void send(const struct registrar_request *request, struct hf_slice bytes) {
    outbox_send(request->outbox, request->path, request->from, bytes);
}

static struct hf_slice forbidden(const struct registrar_request *request, struct writer *w) {
    response_begin(w, request->message, 403, SLICE_NONE, SLICE("babble"), request->from);
    response_end(w, SLICE_NONE);
    return writer_slice(w);
}

/* Sends the 403 with the last digit of a header's value turned over: the CSeq's number, the
 * branch. */
static void send_with_another(const struct registrar_request *request, const char *before_digit) {
    char text[ANSWER_MAX];
    struct writer w = writer_of(text, sizeof text);
    const struct hf_slice answer = forbidden(request, &w);
    const struct hf_slice mark = slice_from(before_digit);
    char *at = answer.len > 0 ? memmem(text, answer.len, mark.ptr, mark.len) : NULL;

    if (!at || at + mark.len >= text + answer.len)
        return;
    at += mark.len;
    *at = *at == '1' ? '2' : '1';
    send(request, answer);
}

static void send_of_another_method(const struct registrar_request *request) {
    char text[ANSWER_MAX];
    struct writer w = writer_of(text, sizeof text);
    const struct hf_slice answer = forbidden(request, &w);
    char *at = answer.len > 0 ? memmem(text, answer.len, " REGISTER\r\n", 11) : NULL;

    if (!at)
        return;
    memcpy(at, " SUBSCRIB", 9); /* of the same length, and nobody's method */
    send(request, answer);
}

void babble(const struct registrar_request *request) {
    char text[ANSWER_MAX];
    struct writer w = writer_of(text, sizeof text);
    const struct hf_slice answer = forbidden(request, &w);
    static const char rubbish[] = "SIP/2.0 403 \0\r\n\xff\xfe: \x80\r\n\r\n";

    send(request, slice_of(rubbish, sizeof rubbish - 1));
    send(request, SLICE("\r\n\r\n"));
    send(request, SLICE("SIP/2.0 403 Forbidden\r\n\r\n"));
    send(request, SLICE("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
    for (size_t len = 1; len + 2 < answer.len; len += 1 + answer.len / 16)
        send(request, slice_of(answer.ptr, len));
    send_with_another(request, "branch=z9hG4bK");
    send_with_another(request, "CSeq: ");
    send_of_another_method(request);
}

void contradict(const struct registrar_request *request) {
    char text[ANSWER_MAX];
    struct writer w = writer_of(text, sizeof text);

    response_begin(&w, request->message, 500, SLICE_NONE, SLICE("contradiction"), request->from);
    response_end(&w, SLICE_NONE);
    send(request, writer_slice(&w));
}
