#include "daemon/metrics_places.h"

#include <string.h>

#include "base/slice.h"

static bool is_of(const struct metrics_place *place, const struct hf_account_status *status,
                  size_t server_len) {
    return place->place == status->place && place->transport == status->transport &&
           place->server_len == server_len &&
           memcmp(&place->target, &status->target, sizeof(place->target)) == 0 &&
           memcmp(place->server, status->server.ptr, server_len) == 0;
}

static void add_unbound(struct metrics_places *places, struct hf_slice server) {
    struct metrics_server_name *name = places->unbound;

    for (size_t i = 0; i < places->unbound_count; i++, name++) {
        if (slice_equal(slice_of(name->text, name->len), server)) {
            name->accounts++;
            return;
        }
    }
    if (places->unbound_count == METRICS_SERVERS_MAX) {
        places->unbound_elsewhere++;
        return;
    }
    places->unbound_count++;
    name->len = server.len;
    name->accounts = 1;
    if (server.len > 0)
        memcpy(name->text, server.ptr, server.len);
}

void metrics_places_add(struct metrics_places *places, const struct hf_account_status *status) {
    const size_t server_len =
        status->server.len < METRICS_SERVER_BYTES ? status->server.len : METRICS_SERVER_BYTES;
    struct metrics_place *place = places->places;

    places->states[status->state]++;
    if (status->failures > 0)
        places->failing++;
    if (status->place == HF_PLACE_NONE) {
        if (status->state != HF_STATE_DISABLED && status->state != HF_STATE_UNREGISTERED)
            add_unbound(places, slice_of(status->server.ptr, server_len));
        return;
    }
    for (size_t i = 0; i < places->count; i++, place++) {
        if (is_of(place, status, server_len)) {
            place->accounts++;
            return;
        }
    }
    if (places->count == METRICS_PLACES_MAX) {
        places->elsewhere[status->place]++;
        return;
    }
    places->count++;
    *place = (struct metrics_place){
        .target = status->target,
        .transport = status->transport,
        .place = status->place,
        .server_len = server_len,
        .accounts = 1,
    };
    memcpy(place->server, status->server.ptr, server_len);
}
