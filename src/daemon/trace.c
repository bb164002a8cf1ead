#include "daemon/trace.h"

#include "base/address.h"
#include "daemon/text.h"

/* Everything after the colon of these goes, and of the lines that continue them. */
static bool is_secret(struct hf_slice line) {
    struct hf_slice rest = line;
    struct hf_slice name = slice_trim(slice_split(&rest, ':'));

    return slice_equal_nocase(name, SLICE("Authorization")) ||
           slice_equal_nocase(name, SLICE("Proxy-Authorization"));
}

static void write_line(FILE *out, struct hf_slice line) {
    char text[2048];
    struct writer w = writer_of(text, sizeof(text) - 1);
    size_t len = line.len < 600 ? line.len : 600; /* a byte becomes three at the most */

    text_write_clean(&w, slice_of(line.ptr, len));
    fprintf(out, "    %.*s%s\n", (int)writer_length(&w), text, len < line.len ? "…" : "");
}

void trace_message(FILE *out, bool sent, const struct hf_address *peer, struct hf_slice bytes) {
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof(text));
    bool secret = false;

    address_write(&w, peer);
    fprintf(out, "%s %.*s (%zu bytes)\n", sent ? "-> to" : "<- from", SLICE_ARGS(writer_slice(&w)),
            bytes.len);
    while (bytes.len > 0) {
        struct hf_slice line = slice_split(&bytes, '\n');
        bool folded = line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t');

        secret = folded ? secret : is_secret(line);
        line = slice_trim(line);
        if (!secret)
            write_line(out, line);
        else if (!folded)
            fprintf(out, "    %.*s: (masked)\n", (int)slice_index(line, ':'), line.ptr);
    }
    fflush(out);
}
