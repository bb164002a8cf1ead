/* Whoever watches is told. */
#include "sim/internal.h"

void sim_observe(struct sim *sim, const struct sim_observer *observer) {
    HF_ASSERT(sim->observer_count < SIM_OBSERVERS_MAX);
    sim->observers[sim->observer_count++] = *observer;
    if (observer->reach)
        reach_watch(sim);
}

void tell_sent(const struct sim *sim, const struct sim_packet *packet) {
    for (unsigned i = 0; i < sim->observer_count; i++)
        if (sim->observers[i].sent)
            sim->observers[i].sent(sim->observers[i].user, packet);
}

void tell_arrived(const struct sim *sim, const struct sim_packet *packet) {
    for (unsigned i = 0; i < sim->observer_count; i++)
        if (sim->observers[i].arrived)
            sim->observers[i].arrived(sim->observers[i].user, packet);
}

void tell_event(const struct sim *sim, uint32_t process, const struct hf_event *event) {
    for (unsigned i = 0; i < sim->observer_count; i++)
        if (sim->observers[i].event)
            sim->observers[i].event(sim->observers[i].user, process, event);
}

void tell_reach(const struct sim *sim, uint32_t account) {
    for (unsigned i = 0; i < sim->observer_count; i++)
        if (sim->observers[i].reach)
            sim->observers[i].reach(sim->observers[i].user, account);
}

void tell_applied(const struct sim *sim, const struct sim_fault *fault) {
    for (unsigned i = 0; i < sim->observer_count; i++)
        if (sim->observers[i].applied)
            sim->observers[i].applied(sim->observers[i].user, fault);
}
