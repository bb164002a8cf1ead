#include <stdlib.h>

#include "base/address.h"
#include "base/assert.h"
#include "registrar/internal.h"
#include "sip/uri.h"

struct record *record_find(const struct registrar *registrar, struct hf_slice aor) {
    uint64_t hash = hash_bytes(&registrar->table_key, aor.ptr, aor.len);

    for (struct map_node *n = map_first(&registrar->records, hash); n; n = map_next(n)) {
        struct record *record = CONTAINER_OF(n, struct record, by_aor);

        if (slice_equal(slice_of(record->aor, record->aor_len), aor))
            return record;
    }
    return NULL;
}

struct record *record_take(struct registrar *registrar, struct hf_slice aor) {
    struct record *record = record_find(registrar, aor);

    if (record)
        return record;
    record = calloc(1, sizeof *record + aor.len);
    if (!record)
        return NULL;
    memcpy(record->aor, aor.ptr, aor.len);
    record->aor_len = aor.len;
    list_init(&record->bindings);
    timer_init(&record->timer, REGISTRAR_TIMER_RECORD);
    if (map_insert(&registrar->records, &record->by_aor,
                   hash_bytes(&registrar->table_key, aor.ptr, aor.len))) {
        free(record);
        return NULL;
    }
    return record;
}

void record_free(struct registrar *registrar, struct record *record) {
    timer_wheel_cancel(&registrar->wheel, &record->timer);
    map_remove(&registrar->records, &record->by_aor);
    free(record);
}

void record_free_if_empty(struct registrar *registrar, struct record *record, hf_time now) {
    hf_time lifetime = registrar->options.nonce_lifetime * HF_SECOND;

    if (record->count > 0)
        return;
    if (record->nonce_time == 0 || (lifetime > 0 && now - record->nonce_time >= lifetime))
        record_free(registrar, record);
    else if (lifetime > 0)
        timer_wheel_set(&registrar->wheel, &record->timer, record->nonce_time + lifetime);
}

struct hf_slice bound_contact(const struct bound *bound) {
    return slice_of(bound->texts, bound->contact_len);
}

struct hf_slice bound_call_id(const struct bound *bound) {
    return slice_of(bound->texts + bound->contact_len, bound->call_id_len);
}

struct hf_slice bound_path(const struct bound *bound) {
    return slice_of(bound->texts + bound->contact_len + bound->call_id_len, bound->path_len);
}

struct hf_slice bound_instance(const struct bound *bound) {
    return slice_of(bound->texts + bound->contact_len + bound->call_id_len + bound->path_len,
                    bound->instance_len);
}

static struct bound *match_flow(const struct record *record, const struct contact *contact) {
    for (struct list_node *node = record->bindings.next; node != &record->bindings;
         node = node->next) {
        struct bound *bound = CONTAINER_OF(node, struct bound, in_record);

        if (bound->reg_id == contact->reg_id &&
            slice_equal_nocase(bound_instance(bound), contact->instance))
            return bound;
    }
    return NULL;
}

static struct bound *match_uri(const struct record *record, struct hf_slice contact_uri) {
    struct sip_uri wanted, other;

    /* Nearly always it is the first one, written the same way. */
    if (!list_is_empty(&record->bindings)) {
        struct bound *first = CONTAINER_OF(record->bindings.next, struct bound, in_record);

        if (slice_equal(bound_contact(first), contact_uri))
            return first;
    }
    if (!uri_parse(contact_uri, &wanted))
        return NULL;
    for (struct list_node *node = record->bindings.next; node != &record->bindings;
         node = node->next) {
        struct bound *bound = CONTAINER_OF(node, struct bound, in_record);

        if (uri_parse(bound_contact(bound), &other) && uri_equal(&wanted, &other))
            return bound;
    }
    return NULL;
}

/* One that was no flow yet becomes one; another flow from the same place stays. */
struct bound *record_match(const struct record *record, const struct contact *contact,
                           const struct registrar_request *request) {
    const bool is_flow = contact_is_flow(contact, request);
    struct bound *bound = is_flow ? match_flow(record, contact) : NULL;

    if (bound)
        return bound;
    bound = match_uri(record, contact->address.uri);
    return is_flow && bound && bound->reg_id != 0 ? NULL : bound;
}

bool read_path(const struct sip_message *message, char buffer[PATH_TEXT_MAX],
               struct hf_slice *ret) {
    struct sip_values values = sip_values(message, SIP_HEADER_PATH);
    struct writer w = writer_of(buffer, PATH_TEXT_MAX);
    struct hf_slice value;

    while (sip_values_next(&values, &value)) {
        if (writer_length(&w) > 0)
            writer_put_literal(&w, ", ");
        writer_put_slice(&w, value);
    }
    *ret = writer_slice(&w);
    return !w.full;
}

int bound_store(struct registrar *registrar, struct record *record, struct bound *bound,
                const struct contact *contact, const struct registrar_request *request,
                uint32_t cseq, uint32_t seconds) {
    const bool is_flow = contact_is_flow(contact, request);
    const struct hf_slice contact_uri = contact->address.uri;
    const bool has_gruus = contact->instance.len > 0 &&
                           sip_has_option(request->message, SIP_HEADER_SUPPORTED, SLICE("gruu"));
    const struct hf_slice instance = is_flow || has_gruus ? contact->instance : SLICE_NONE;
    char path_buffer[PATH_TEXT_MAX];
    struct hf_slice call_id = sip_value(request->message, SIP_HEADER_CALL_ID);
    struct hf_slice path;

    HF_ASSERT(read_path(request->message, path_buffer, &path)); /* checked before */
    size_t size = contact_uri.len + call_id.len + path.len + instance.len;
    char *texts = malloc(size);
    uint64_t handle = 0;

    if (texts && !bound) {
        bound = slab_take(&registrar->bindings, &handle);
        if (bound) {
            bound->handle = handle;
            bound->record = record;
            timer_init(&bound->timer, REGISTRAR_TIMER_BINDING);
            list_append(&record->bindings, &bound->in_record);
            record->count++;
        }
    }
    if (!texts || !bound) {
        free(texts);
        return HF_ERROR_MEMORY;
    }
    struct writer w = writer_of(texts, size);

    if (!slice_equal(bound_contact(bound), contact_uri) ||
        !address_equal(&bound->received, request->from))
        record_changed(registrar, record);
    if (!slice_equal(bound_call_id(bound), call_id))
        bound->gruus = 0;
    writer_put_slice(&w, contact_uri);
    writer_put_slice(&w, call_id);
    writer_put_slice(&w, path);
    writer_put_slice(&w, instance);
    free(bound->texts);
    bound->texts = texts;
    bound->contact_len = contact_uri.len;
    bound->call_id_len = call_id.len;
    bound->path_len = path.len;
    bound->instance_len = instance.len;
    bound->reg_id = is_flow ? contact->reg_id : 0;
    bound->cseq = cseq;
    gruus_give(bound, has_gruus);
    bound->received = *request->from;
    bound->ends_at = request->now + seconds * HF_SECOND;
    timer_wheel_set(&registrar->wheel, &bound->timer, bound->ends_at);
    return 0;
}

void bound_remove(struct registrar *registrar, struct bound *bound) {
    record_changed(registrar, bound->record);
    timer_wheel_cancel(&registrar->wheel, &bound->timer);
    list_remove(&bound->in_record);
    HF_ASSERT(bound->record->count > 0);
    bound->record->count--;
    free(bound->texts);
    slab_give(&registrar->bindings, bound->handle);
}

static struct registrar_binding describe(const struct bound *bound) {
    return (struct registrar_binding){
        .aor = slice_of(bound->record->aor, bound->record->aor_len),
        .contact = bound_contact(bound),
        .call_id = bound_call_id(bound),
        .path = bound_path(bound),
        .instance = bound->reg_id != 0 ? bound_instance(bound) : SLICE_NONE,
        .reg_id = bound->reg_id,
        .cseq = bound->cseq,
        .ends_at = bound->ends_at,
        .received = bound->received,
    };
}

bool registrar_next_binding(const struct registrar *registrar, uint32_t *cursor,
                            struct registrar_binding *ret) {
    uint64_t handle;
    const struct bound *bound = slab_next(&registrar->bindings, cursor, &handle);

    if (bound)
        *ret = describe(bound);
    return bound != NULL;
}

bool registrar_binding_of(const struct registrar *registrar, struct hf_slice aor, unsigned index,
                          struct registrar_binding *ret) {
    const struct record *record = record_find(registrar, aor);

    if (!record)
        return false;
    for (struct list_node *node = record->bindings.next; node != &record->bindings;
         node = node->next) {
        if (index-- == 0) {
            *ret = describe(CONTAINER_OF(node, struct bound, in_record));
            return true;
        }
    }
    return false;
}
