#include "settings/shape.h"

#include "base/assert.h"
#include "settings/host.h"

static bool is_domain(struct hf_slice text) {
    const struct hf_slice inside =
        text.len > 2 && text.ptr[0] == '[' ? slice_of(text.ptr + 1, text.len - 2) : text;
    struct host_text parts;
    const char *reason;

    return host_read(text, &parts, &reason) && slice_equal(parts.host, inside);
}

/* RFC 3261 section 25.1: token, and what a host or a number has besides. */
static bool is_parameter_char(char c) {
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
           (c != '\0' && strchr("-.!%*_+`'~[]:", c) != NULL);
}

static bool are_parameters(struct hf_slice text) {
    bool quoted = false;

    if (text.len < 2 || text.ptr[0] != ';')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        char c = text.ptr[i], before = text.ptr[i - 1];

        if (quoted) {
            if (c == '\\')
                return false;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
            if (before != '=')
                return false;
        } else if (c == ';' || c == '=') {
            if (before == ';' || before == '=')
                return false;
        } else if (!is_parameter_char(c) || before == '"') {
            return false;
        }
    }
    return !quoted && text.ptr[text.len - 1] != ';' && text.ptr[text.len - 1] != '=';
}

static bool is_urn(struct hf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>')
            return false;
    }
    return true;
}

const char *shape_fault(enum text_shape shape, struct hf_slice text) {
    if (text.len == 0)
        return NULL;
    switch (shape) {
    case SHAPE_ANY:
        return NULL;
    case SHAPE_DOMAIN:
        return is_domain(text) ? NULL : "is not a host name or IP address";
    case SHAPE_PARAMETERS:
        return are_parameters(text) ? NULL : "is not a list of parameters (\";a=b;c\")";
    case SHAPE_URN:
        return is_urn(text) ? NULL : "has a character that no URN has";
    }
    HF_UNREACHABLE();
}
