/* The Contacts of a 200, and how they can be wrong. */
#include "registrar/internal.h"
#include "sip/uri.h"

static void write_contact(const struct registrar *registrar, const struct bound *bound,
                          const struct registrar_request *request, uint64_t seconds,
                          struct writer *w) {
    writer_put_literal(w, "Contact: <");
    writer_put_slice(w, bound_contact(bound));
    writer_put_char(w, '>');
    if (bound->reg_id != 0) {
        writer_put_literal(w, ";+sip.instance=");
        writer_put_slice(w, bound_instance(bound));
        writer_put_literal(w, ";reg-id=");
        writer_put_number(w, bound->reg_id);
    }
    gruus_write(registrar, bound, request, w);
    writer_put_literal(w, ";expires=");
    writer_put_number(w, seconds);
    writer_put_literal(w, "\r\n");
}

/* As a box on the way that translates addresses writes them back, or does not. */
static void write_moved(struct hf_slice text, uint64_t seconds, struct writer *w) {
    struct sip_uri uri;

    if (!uri_parse(text, &uri))
        return;
    writer_put_literal(w, "Contact: <sip:");
    writer_put_slice(w, uri.user);
    writer_put_literal(w, "@203.0.113.5:61000");
    writer_put_slice(w, uri.parameters);
    writer_put_literal(w, ">;expires=");
    writer_put_number(w, seconds);
    writer_put_literal(w, "\r\n");
}

static void write_bound(const struct registrar *registrar, const struct bound *bound,
                        const struct registrar_request *request, struct writer *w) {
    struct hf_slice uri = bound_contact(bound);
    uint64_t seconds = (bound->ends_at - request->now + HF_SECOND - 1) / HF_SECOND;

    if (request->fault == REGISTRAR_ZERO_EXPIRES) {
        write_contact(registrar, bound, request, 0, w);
    } else if (request->fault == REGISTRAR_CONTACT_TWICE) {
        write_contact(registrar, bound, request, 0, w);
        write_contact(registrar, bound, request, seconds, w);
        write_contact(registrar, bound, request, 0, w);
    } else if (request->fault == REGISTRAR_CONTACT_MOVED) {
        write_moved(uri, seconds, w);
    } else if (request->fault == REGISTRAR_ABSURD_EXPIRES) {
        writer_put_literal(w, "Contact: <");
        writer_put_slice(w, uri);
        writer_put_literal(w, ">;expires=36893488147419103232\r\n");
    } else {
        write_contact(registrar, bound, request, seconds, w);
    }
}

void list_contacts(const struct registrar *registrar, const struct record *record,
                   const struct registrar_request *request, struct writer *w) {
    if (request->fault == REGISTRAR_NO_CONTACT)
        return;
    if (request->fault == REGISTRAR_FOREIGN_CONTACT) {
        writer_put_literal(w, "Contact: <sip:somebody@192.0.2.99:5099>;expires=7200\r\n");
        return;
    }
    for (struct list_node *node = record->bindings.next; node != &record->bindings;
         node = node->next)
        write_bound(registrar, CONTAINER_OF(node, struct bound, in_record), request, w);
}
