#include "target/window.h"

#include "base/assert.h"

static const uint32_t width_max = 1u << 30;
static const hf_time near = 4 * HF_MILLISECOND; /* 64 at a time are 16,000 a second */

void window_begin_with(struct window *window, uint32_t first) {
    HF_ASSERT(first > 0);
    if (window->first != first)
        window->first = window->width = first;
}

static hf_time round_ends_at(hf_time at) {
    return at + window_round;
}

hf_time window_opens_at(const struct window *window) {
    const hf_time quiet_until_at = round_ends_at(window->quiet_at) + 4 * window->latest;
    const hf_time turn_ends_at = round_ends_at(window->turned_at);

    return quiet_until_at > turn_ends_at ? quiet_until_at : turn_ends_at;
}

static bool is_silent(const struct window *window, hf_time now) {
    return window->under_way > 0 && now >= window_opens_at(window);
}

static void stretch(struct window *window, hf_time now) {
    if (window->width < width_max)
        window->width *= 2;
    window->stretched = true;
    window->turned_at = now;
}

void window_force(struct window *window, hf_time now) {
    if (window->under_way == 0)
        window->quiet_at = now;
    window->under_way++;
    if (window->under_way < window->width)
        window->wanted = false;
}

bool window_take(struct window *window, hf_time now) {
    if (window->under_way >= window->width && is_silent(window, now))
        stretch(window, now);
    if (window->under_way >= window->width) {
        window->wanted = true;
        return false;
    }
    window_force(window, now);
    return true;
}

void window_give(struct window *window) {
    HF_ASSERT(window->under_way > 0);
    window->under_way--;
}

static bool is_quick(const struct window *window, hf_time took) {
    return took <= window->quickest + window->quickest / 2;
}

/* Its answers are no sooner there than a request is sent again: that says nothing. */
static bool is_distant(const struct window *window) {
    return window->quickest >= window_round;
}

static bool may_grow(const struct window *window, hf_time took) {
    if (window->width < window->first)
        return took <= window_round / 2;
    return took >= near && is_quick(window, took);
}

static void grow(struct window *window) {
    const uint32_t wanted = window->lost ? window->width : 2;

    if (++window->quick < wanted || window->width >= width_max)
        return;
    window->quick = 0;
    window->width++;
}

void window_answered(struct window *window, hf_time took, hf_time now) {
    window->quiet_at = now;
    window->latest = took;
    if (window->quickest == 0 || took < window->quickest)
        window->quickest = took > 0 ? took : 1;
    if (window->stretched) {
        window->stretched = false;
        window->width = window->first;
    } else if (window->wanted && may_grow(window, took)) {
        grow(window);
    }
}

static void halve(struct window *window, hf_time now) {
    const uint32_t least = is_quick(window, window->latest) ? window->first : 1;
    const uint32_t half = window->width / 2;

    window->turned_at = now;
    window->lost = true;
    if (half >= least)
        window->width = half;
    else if (window->width > least)
        window->width = least;
}

bool window_lost(struct window *window, hf_time now) {
    const bool overloaded = !is_quick(window, window->latest);

    if (is_silent(window, now))
        stretch(window, now);
    else if (!window->stretched && !is_distant(window) && now >= round_ends_at(window->turned_at))
        halve(window, now);
    return !overloaded || window->stretched;
}
