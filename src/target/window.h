/* How many requests may be under way to a target at a time: a window of RFC 6357,
 * kept by whoever asks, as TCP keeps its own (RFC 5681). A server whose buffers never overflow
 * answers sooner than one that must be asked again. Pure.
 *
 * - While more are wanted it grows by one with every other answer that took about as long as the
 *   quickest; from the first loss on by one with as many such answers as it is wide. A server that
 * answers later the more it is asked is busy enough, and one that is near needs no wider window: it
 * would only be asked for more than its socket holds.
 * - A request that is to be sent again halves it, once in `window_round`: not below the width that
 *   it began with while answers come quickly. Such a request is counted on only if they do not: who
 *   is never answered, because the server does not know him, shall not keep others waiting.
 * - Silence, of `window_round` and four times what the latest answer took, doubles it: a dead
 * server has no load, and those who wait are to find out. The first answer makes it as wide as in
 * the beginning. */
#ifndef TARGET_WINDOW_H
#define TARGET_WINDOW_H

#include "holdfast/types.h"

/* Timer T1: later than that nobody waits for an answer without asking again. */
static const hf_time window_round = 500 * HF_MILLISECOND;

struct window {
    uint32_t first;     /* its width in the beginning */
    uint32_t width;     /* now */
    uint32_t under_way; /* requests */
    uint32_t quick;     /* answers since it grew */
    bool wanted;        /* somebody was refused, and there was no room since */
    bool lost;          /* it grows slowly */
    bool stretched;     /* by silence */
    hf_time quickest;   /* answer; 0: none yet */
    hf_time latest;     /* answer: how long it took */
    hf_time quiet_at;   /* since when nothing was heard */
    hf_time turned_at;  /* when it was halved or doubled */
};

/* How wide it is in the beginning, 1 or more: of one that is all zero, or another than before. */
void window_begin_with(struct window *window, uint32_t first);

/* One more request, if it may be sent now; false: not before one has ended or window_opens_at. */
bool window_take(struct window *window, hf_time now);

/* One more, which cannot wait. */
void window_force(struct window *window, hf_time now);

/* A request that was taken ended; if with an answer, window_answered was called before. */
void window_give(struct window *window);

/* An answer came, `took` after the request was sent first. */
void window_answered(struct window *window, hf_time took, hf_time now);

/* No answer came to a request that was taken, and it is sent again. True: it is not to be counted
 * any more, and given back. */
bool window_lost(struct window *window, hf_time now);

/* When silence opens it, if it is full. */
hf_time window_opens_at(const struct window *window);

#endif
