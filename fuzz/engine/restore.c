/* What an account is told that it remembers: what one of them said once, with bytes changed. */
#include "world.h"

int fuzz_restore(struct fuzz_world *world, const struct hf_settings *settings, hf_account_id *ret) {
    static const hf_time ends[] = {0, 1, 60 * HF_SECOND, 86400 * HF_SECOND};
    struct hf_remembered remembered = world->remembered;
    struct choices *choices = &world->choices;
    unsigned how = choose(choices);

    for (unsigned i = 0; i < HF_REMEMBERED_BINDINGS; i++)
        if (how >> i & 1)
            remembered.bindings[i].ends_at = world->now + ends[choose_below(choices, 4)];
    if (how & 4)
        remembered.bindings[1] = remembered.bindings[0];
    if (how & 8)
        remembered.cseq = choose(choices) & 1 ? INT32_MAX - choose(choices) : UINT32_MAX;
    if (how & 16)
        remembered.bindings[0].ends_at = HF_NEVER - choose(choices);
    for (unsigned changes = how >> 5; changes > 0; changes--) {
        size_t at = (size_t)choose(choices) << 8 | choose(choices);

        ((uint8_t *)&remembered)[at % sizeof remembered] = choose(choices);
    }
    return hf_agent_restore_account(world->agent, settings, 5, &remembered, ret, world->now);
}
