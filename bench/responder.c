#include "bench/responder.h"

#include "base/writer.h"

enum copied { VIA, FROM, TO, CALL_ID, CSEQ, CONTACT, AUTHORIZATION, OTHER };

static const struct hf_slice names[OTHER] = {
    [VIA] = {"Via: ", 5},
    [FROM] = {"From: ", 6},
    [TO] = {"To: ", 4},
    [CALL_ID] = {"Call-ID: ", 9},
    [CSEQ] = {"CSeq: ", 6},
    [CONTACT] = {"Contact: ", 9},
    [AUTHORIZATION] = {"Authorization: ", 15},
};

static enum copied kind_of(struct hf_slice line) {
    for (int i = 0; i < OTHER; i++)
        if (line.len > names[i].len && slice_equal(slice_of(line.ptr, names[i].len), names[i]))
            return (enum copied)i;
    return OTHER;
}

struct hf_slice responder_answer(struct hf_slice request, unsigned grant, char *buffer,
                                 size_t size) {
    struct hf_slice found[OTHER + 1] = {0};
    struct writer w = writer_of(buffer, size);

    while (request.len > 0) {
        size_t end = slice_index(request, '\n');
        struct hf_slice line = slice_of(request.ptr, end);

        if (end == request.len)
            break;
        found[kind_of(line)] = line; /* ends in the CR */
        request = slice_of(request.ptr + end + 1, request.len - end - 1);
    }
    const bool has_contact = found[CONTACT].len > 0;
    const struct hf_slice contact =
        has_contact ? slice_of(found[CONTACT].ptr, slice_index(found[CONTACT], '>') + 1)
                    : SLICE_NONE;

    if (contact.len > found[CONTACT].len)
        return SLICE_NONE;
    const bool authorized = found[AUTHORIZATION].len > 0;

    writer_put_slice(&w, authorized ? SLICE("SIP/2.0 200 OK\r\n")
                                    : SLICE("SIP/2.0 401 Unauthorized\r\n"));
    for (int i = VIA; i <= CSEQ; i++) {
        writer_put(&w, found[i].ptr, found[i].len - (i == TO && found[i].len > 0));
        if (i == TO)
            writer_put_literal(&w, ";tag=bench\r");
        writer_put_char(&w, '\n');
    }
    if (authorized && has_contact) {
        writer_put_slice(&w, contact);
        writer_put_literal(&w, ";expires=");
        writer_put_number(&w, grant);
        writer_put_literal(&w, "\r\n");
    } else if (!authorized) {
        writer_put_literal(&w, "WWW-Authenticate: Digest realm=\"example.com\", qop=\"auth\", "
                               "nonce=\"Y0aXnGNGlmv+7NQ3bCzUyqV0F+5Z6xY1\", algorithm=MD5\r\n");
    }
    writer_put_literal(&w, "Content-Length: 0\r\n\r\n");
    return writer_slice(&w);
}
