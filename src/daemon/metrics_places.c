#include "daemon/metrics_places.h"

#include <string.h>

static bool is_of(const struct metrics_place *place, const struct hf_account_status *status,
                  size_t server_len) {
    return place->place == status->place && place->transport == status->transport &&
           place->server_len == server_len &&
           memcmp(&place->target, &status->target, sizeof(place->target)) == 0 &&
           memcmp(place->server, status->server.ptr, server_len) == 0;
}

void metrics_places_add(struct metrics_places *places, const struct hf_account_status *status) {
    const size_t server_len =
        status->server.len < METRICS_SERVER_BYTES ? status->server.len : METRICS_SERVER_BYTES;
    struct metrics_place *place = places->places;

    places->states[status->state]++;
    if (status->failures > 0)
        places->failing++;
    if (status->place == HF_PLACE_NONE)
        return;
    for (size_t i = 0; i < places->count; i++, place++) {
        if (is_of(place, status, server_len)) {
            place->accounts++;
            return;
        }
    }
    if (places->count == METRICS_PLACES_MAX) {
        places->elsewhere++;
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
