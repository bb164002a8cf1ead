#include "usage/gruu.h"

#include <stdlib.h>

#include "base/writer.h"
#include "sip/token.h"
#include "sip/uri.h"

/* It stands in angle brackets in our requests, and on people's screens. */
static bool is_plain(struct hf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || strchr("<>\"\\,", text.ptr[i]))
            return false;
    return true;
}

/* A SIP URI with a `gr` (section 3.2); empty where it is none. */
static struct hf_slice sound(struct hf_slice text) {
    struct hf_slice value;
    struct sip_uri uri;

    return text.len <= GRUU_BYTES_MAX && is_plain(text) && uri_parse(text, &uri) &&
                   (uri.scheme == URI_SIP || uri.scheme == URI_SIPS) && uri.host.len > 0 &&
                   uri.headers.len == 0 && uri_parameter(&uri, SLICE("gr"), &value)
               ? text
               : SLICE_NONE;
}

/* A quoted string's inside: nothing that would need a backslash is taken. */
static struct hf_slice unquoted(struct hf_slice value) {
    return value.len > 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"'
               ? slice_of(value.ptr + 1, value.len - 2)
               : SLICE_NONE;
}

struct gruus *gruus_make(struct hf_slice pub, struct hf_slice temporary) {
    pub = sound(pub);
    temporary = sound(temporary);
    struct gruus *gruus =
        pub.len + temporary.len > 0 ? malloc(sizeof *gruus + pub.len + temporary.len) : NULL;

    if (!gruus)
        return NULL;
    gruus->public_length = (uint16_t)pub.len;
    gruus->temporary_length = (uint16_t)temporary.len;
    struct writer w = writer_of(gruus->text, pub.len + temporary.len);

    writer_put_slice(&w, pub);
    writer_put_slice(&w, temporary);
    return gruus;
}

struct gruus *gruus_learn(const struct sip_message *response, const struct own_contact *own) {
    struct contact contact;

    if (!binding_contact(response, own, &contact))
        return NULL;
    return gruus_make(unquoted(contact.pub_gruu), unquoted(contact.temp_gruu));
}

struct hf_slice gruus_public(const struct gruus *gruus) {
    return gruus ? slice_of(gruus->text, gruus->public_length) : SLICE_NONE;
}

struct hf_slice gruus_temporary(const struct gruus *gruus) {
    return gruus ? slice_of(gruus->text + gruus->public_length, gruus->temporary_length)
                 : SLICE_NONE;
}

struct hf_slice gruus_contact(const struct gruus *gruus) {
    return gruus && gruus->public_length > 0 ? gruus_public(gruus) : gruus_temporary(gruus);
}

void gruus_end_temporary(struct gruus *gruus) {
    if (gruus)
        gruus->temporary_length = 0;
}
