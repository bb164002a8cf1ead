#include "usage/routes.h"

#include <stdlib.h>

#include "base/writer.h"
#include "sip/name_addr.h"

/* Nothing that ends a line or an angle bracket before its time, or does things to a terminal. */
static bool is_plain(struct hf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || strchr("<>\"", text.ptr[i]))
            return false;
    return true;
}

static bool is_hop(struct hf_slice uri) {
    struct sip_uri parsed;

    return is_plain(uri) && uri_parse(uri, &parsed) &&
           (parsed.scheme == URI_SIP || parsed.scheme == URI_SIPS) && parsed.host.len > 0 &&
           parsed.headers.len == 0;
}

/* The list as it will be sent; empty when it is absent or wrong. Display names, and parameters
 * outside the brackets, say nothing about the way. */
static struct hf_slice read_list(const struct sip_message *response, enum sip_header header,
                                 char buffer[ROUTES_BYTES_MAX]) {
    struct sip_values values = sip_values(response, header);
    struct writer w = writer_of(buffer, ROUTES_BYTES_MAX);
    struct name_addr address;
    struct hf_slice value;

    for (unsigned count = 0; sip_values_next(&values, &value); count++) {
        if (count >= ROUTES_VALUES_MAX || slice_index(value, '<') == value.len ||
            !name_addr_parse(value, &address) || !is_hop(address.uri))
            return SLICE_NONE;
        writer_put_slice(&w, count > 0 ? SLICE(", <") : SLICE("<"));
        writer_put_slice(&w, address.uri);
        writer_put_char(&w, '>');
    }
    return w.full ? SLICE_NONE : writer_slice(&w);
}

struct routes *routes_learn(const struct sip_message *response) {
    char service_text[ROUTES_BYTES_MAX], path_text[ROUTES_BYTES_MAX];
    const struct hf_slice service = read_list(response, SIP_HEADER_SERVICE_ROUTE, service_text);
    const struct hf_slice path = read_list(response, SIP_HEADER_PATH, path_text);

    if (service.len + path.len == 0)
        return NULL;
    struct routes *routes = malloc(sizeof *routes + service.len + path.len);

    if (!routes)
        return NULL;
    routes->service_length = (uint16_t)service.len;
    routes->path_length = (uint16_t)path.len;
    struct writer w = writer_of(routes->text, service.len + path.len);

    writer_put_slice(&w, service);
    writer_put_slice(&w, path);
    return routes;
}

struct hf_slice routes_service(const struct routes *routes) {
    return routes ? slice_of(routes->text, routes->service_length) : SLICE_NONE;
}

struct hf_slice routes_path(const struct routes *routes) {
    return routes ? slice_of(routes->text + routes->service_length, routes->path_length)
                  : SLICE_NONE;
}

bool routes_take_first(struct hf_slice *list, struct hf_slice *ret_uri) {
    const size_t end = slice_index(*list, '>');

    if (end >= list->len)
        return false;
    const size_t begin = slice_index(*list, '<') + 1;
    size_t next = end + 1;

    *ret_uri = slice_of(list->ptr + begin, end - begin);
    while (next < list->len && list->ptr[next] != '<')
        next++;
    *list = slice_of(list->ptr + next, list->len - next);
    return true;
}
