#include "settings/suggest.h"

enum { WORD_MAX = 80 };

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

unsigned word_distance(struct hf_slice a, struct hf_slice b, unsigned most) {
    unsigned rows[3][WORD_MAX + 1]; /* the row before the last, the last, and this one */
    size_t difference = a.len > b.len ? a.len - b.len : b.len - a.len;

    if (a.len > WORD_MAX || b.len > WORD_MAX || difference > most)
        return most + 1;
    while (a.len > 0 && b.len > 0 && a.ptr[0] == b.ptr[0]) {
        a = slice_from_index(a, 1);
        b = slice_from_index(b, 1);
    }
    while (a.len > 0 && b.len > 0 && a.ptr[a.len - 1] == b.ptr[b.len - 1]) {
        a.len--;
        b.len--;
    }
    for (unsigned j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *last = rows[(i + 2) % 3];
        const unsigned *before = rows[(i + 1) % 3];
        unsigned nearest = i;

        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            bool same = a.ptr[i - 1] == b.ptr[j - 1];

            row[j] = least(least(row[j - 1], last[j]) + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
            nearest = least(nearest, row[j]);
        }
        if (nearest > most) /* it never becomes less again */
            return most + 1;
    }
    return least(rows[a.len % 3][b.len], most + 1);
}
