/* Any bytes as a connection: cut into pieces of a size that the first byte says, the same items
 * must come out as from one piece. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/hash.h"
#include "sip/message.h"
#include "sip/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A digest of everything that comes out. */
static uint64_t digest_of(struct hf_slice bytes, size_t piece) {
    static const struct hash_key key = {{1, 2}};
    static struct sip_message message;
    struct stream stream = {0};
    uint64_t digest = 0;
    bool over = false;

    while (bytes.len > 0 && !over) {
        size_t len = piece < bytes.len ? piece : bytes.len;
        struct hf_slice input = slice_of(bytes.ptr, len), item;

        bytes = slice_from_index(bytes, len);
        for (enum stream_item kind; !over && (kind = stream_next(&stream, &input, &item));) {
            digest = digest * 31 + (uint64_t)kind;
            over = kind >= STREAM_UNFRAMED;
            if (kind != STREAM_MESSAGE)
                continue;
            HF_ASSERT(item.len > 0 && item.len <= LIMIT_MESSAGE_BYTES);
            HF_ASSERT(sip_message_parse(&message, item) != SIP_PARSE_NOT_SIP);
            digest += hash_bytes(&key, item.ptr, item.len);
        }
        HF_ASSERT(over || input.len == 0);
        HF_ASSERT(stream.capacity <= LIMIT_MESSAGE_BYTES + 1);
    }
    stream_clear(&stream);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    struct hf_slice bytes = slice_of((const char *)data + 1, size - 1);
    size_t piece = 1 + data[0] % 64;

    HF_ASSERT(digest_of(bytes, bytes.len) == digest_of(bytes, piece));
    return 0;
}
