#include "cli/address_text.h"

#include <string.h>

#include "base/address.h"

bool cli_read_address(const char *text, uint16_t port, struct hf_address *ret) {
    struct hf_slice host = slice_from(text);
    const char *colon = strrchr(text, ':');
    uint64_t number = port;

    if (colon && (text[0] == '[' ? colon[-1] == ']' : colon == strchr(text, ':'))) {
        host.len = (size_t)(colon - text);
        if (!slice_to_number(slice_from(colon + 1), &number) || number > 65535)
            return false;
    }
    if (!address_parse(host, ret))
        return false;
    ret->port = (uint16_t)number;
    return true;
}
