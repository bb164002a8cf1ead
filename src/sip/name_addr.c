#include "sip/name_addr.h"

#include "sip/token.h"

/* Tokens and blanks up to "<". */
static bool take_display_tokens(struct reader *r, struct hf_slice *ret) {
    const char *start = r->at;

    for (;;) {
        struct hf_slice token = take_token(r);

        take_lws(r);
        if (token.len == 0)
            break;
    }
    *ret = trim_lws(slice_of(start, (size_t)(r->at - start)));
    return reader_peek(r) == '<';
}

static bool check_parameters(struct hf_slice parameters) {
    struct reader r = reader_of(parameters);
    struct sip_parameter parameter;
    unsigned count = 0;
    bool bad;

    while (take_parameter(&r, &parameter, &bad))
        if (++count > LIMIT_PARAMETERS)
            return false;
    return !bad;
}

static bool parse_bracketed(struct reader *r, struct name_addr *ret) {
    r->at++;
    struct hf_slice rest = slice_of(r->at, reader_left(r));
    size_t end = slice_index(rest, '>');

    if (end == rest.len || end == 0)
        return false;
    ret->uri = slice_of(rest.ptr, end);
    ret->parameters = trim_lws(slice_from_index(rest, end + 1));
    return true;
}

static bool parse_bare(struct hf_slice value, struct name_addr *ret) {
    size_t semicolon = slice_index(value, ';');

    ret->display = SLICE_NONE;
    ret->uri = trim_lws(slice_of(value.ptr, semicolon));
    ret->parameters = trim_lws(slice_from_index(value, semicolon));
    if (ret->uri.len == 0)
        return false;
    for (size_t i = 0; i < ret->uri.len; i++) {
        unsigned char c = (unsigned char)ret->uri.ptr[i];

        /* section 20: a URI with a comma, question mark or semicolon must be in brackets */
        if (sip_lws_chars[c] || c == '<' || c == '>' || c == '"' || c == ',' || c == '?')
            return false;
    }
    return true;
}

/* All but the parameters, which are cut off and not looked at. */
static bool parse_head(struct hf_slice value, struct name_addr *ret) {
    struct reader r = reader_of(trim_lws(value));
    const struct hf_slice all = slice_of(r.at, reader_left(&r));

    *ret = (struct name_addr){0};
    if (reader_peek(&r) == '<')
        return parse_bracketed(&r, ret);
    if (reader_peek(&r) == '"') {
        if (!take_quoted(&r, &ret->display))
            return false;
        take_lws(&r);
        return reader_peek(&r) == '<' && parse_bracketed(&r, ret);
    }
    return take_display_tokens(&r, &ret->display) ? parse_bracketed(&r, ret) : parse_bare(all, ret);
}

bool name_addr_parse(struct hf_slice value, struct name_addr *ret) {
    return parse_head(value, ret) && check_parameters(ret->parameters);
}

bool sip_tag_read(const struct sip_message *message, enum sip_header header,
                  struct hf_slice *ret_tag) {
    const struct sip_field *field = sip_field(message, header);
    struct sip_parameter parameter;
    struct name_addr address;
    bool bad;

    if (!field || field->next || !parse_head(field->value, &address))
        return false;
    struct reader r = reader_of(address.parameters);

    *ret_tag = SLICE_NONE;
    while (take_parameter(&r, &parameter, &bad))
        if (slice_equal_nocase(parameter.name, SLICE("tag")))
            *ret_tag = parameter.value;
    return !bad;
}

static void note_contact_parameter(struct contact *contact, const struct sip_parameter *p) {
    uint32_t number;

    if (slice_equal_nocase(p->name, SLICE("expires"))) {
        if (clamped_number(p->value, &number)) {
            contact->has_expires = true;
            contact->expires = number;
        }
    } else if (slice_equal_nocase(p->name, SLICE("+sip.instance"))) {
        contact->instance = p->value;
    } else if (slice_equal_nocase(p->name, SLICE("reg-id"))) {
        if (clamped_number(p->value, &number))
            contact->reg_id = number;
    } else if (slice_equal_nocase(p->name, SLICE("pub-gruu"))) {
        contact->pub_gruu = p->value;
    } else if (slice_equal_nocase(p->name, SLICE("temp-gruu"))) {
        contact->temp_gruu = p->value;
    }
}

bool contact_parse(struct hf_slice value, struct contact *ret) {
    struct sip_parameter parameter;
    unsigned count = 0;
    bool bad;

    *ret = (struct contact){0};
    if (slice_equal(value, SLICE("*"))) {
        ret->star = true;
        return true;
    }
    if (!parse_head(value, &ret->address))
        return false;
    struct reader r = reader_of(ret->address.parameters);

    for (; take_parameter(&r, &parameter, &bad) && count < LIMIT_PARAMETERS; count++)
        note_contact_parameter(ret, &parameter);
    return !bad && count < LIMIT_PARAMETERS;
}

void write_display_name(struct writer *w, struct hf_slice display) {
    if (display.len == 0)
        return;
    if (is_token(display))
        writer_put_slice(w, display);
    else
        write_quoted(w, display);
    writer_put_char(w, ' ');
}
