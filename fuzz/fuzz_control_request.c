/* Any bytes as a line on the control socket, and as a text that is shown: a request survives
 * writing and reading, what is shown is UTF-8 without control characters. */
#include "base/assert.h"
#include "daemon/control_protocol.h"
#include "daemon/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(struct hf_slice line) {
    char text[4 * CONTROL_REQUEST_BYTES_MAX], error[CONTROL_ERROR_BYTES];
    struct writer w = writer_of(text, sizeof text);
    struct control_request request, back;

    if (control_request_parse(line, &request, error) != 0)
        return;
    control_request_write(&request, &w);
    HF_ASSERT(!w.full && writer_length(&w) <= CONTROL_REQUEST_BYTES_MAX);
    HF_ASSERT(control_request_parse(writer_slice(&w), &back, error) == 0);
    HF_ASSERT(back.command == request.command);
    HF_ASSERT(slice_equal(control_request_account(&back), control_request_account(&request)));
}

static void check_text(struct hf_slice bytes) {
    static char text[3 << 16];
    struct writer w = writer_of(text, sizeof text);
    struct hf_slice shown;

    text_write_clean(&w, bytes);
    if (w.full)
        return;
    for (shown = writer_slice(&w); shown.len > 0;) {
        size_t len = utf8_sequence(shown);

        HF_ASSERT(len > 0 && (unsigned char)shown.ptr[0] >= 0x20 && shown.ptr[0] != 0x7F);
        shown = slice_from_index(shown, len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct hf_slice bytes = slice_of((const char *)data, size);

    check_request(bytes);
    check_text(bytes);
    return 0;
}
