#include "sim/scenario_words.h"

/* The digits at the beginning, with up to six after a point, in millionths of one. */
static bool take_decimal(struct hf_slice *text, uint64_t *ret) {
    struct hf_slice rest = *text;
    uint64_t value = 0;
    size_t digits = 0;
    uint64_t scale = 1000000;

    for (; rest.len > 0 && ascii_is_digit(rest.ptr[0]); rest = slice_from_index(rest, 1)) {
        if (++digits > 12)
            return false;
        value = value * 10 + (uint64_t)(rest.ptr[0] - '0');
    }
    value *= scale;
    if (digits > 0 && rest.len > 1 && rest.ptr[0] == '.' && ascii_is_digit(rest.ptr[1])) {
        rest = slice_from_index(rest, 1);
        for (; rest.len > 0 && ascii_is_digit(rest.ptr[0]); rest = slice_from_index(rest, 1)) {
            scale /= 10;
            value += (uint64_t)(rest.ptr[0] - '0') * scale;
        }
    }
    *text = rest;
    *ret = value;
    return digits > 0;
}

/* The letters at the beginning, and what they stand for in microseconds; 0: no unit. */
static hf_time take_unit(struct hf_slice *text) {
    static const struct {
        const char *name;
        hf_time span;
    } units[] = {
        {"us", 1},
        {"ms", HF_MILLISECOND},
        {"s", HF_SECOND},
        {"sec", HF_SECOND},
        {"second", HF_SECOND},
        {"seconds", HF_SECOND},
        {"m", 60 * HF_SECOND},
        {"min", 60 * HF_SECOND},
        {"minute", 60 * HF_SECOND},
        {"minutes", 60 * HF_SECOND},
        {"h", 3600 * HF_SECOND},
        {"hour", 3600 * HF_SECOND},
        {"hours", 3600 * HF_SECOND},
        {"d", 86400 * HF_SECOND},
        {"day", 86400 * HF_SECOND},
        {"days", 86400 * HF_SECOND},
        {"week", 7 * 86400 * HF_SECOND},
        {"weeks", 7 * 86400 * HF_SECOND},
    };
    size_t length = 0;
    struct hf_slice word;

    while (length < text->len && ascii_lower(text->ptr[length]) >= 'a' &&
           ascii_lower(text->ptr[length]) <= 'z')
        length++;
    word = slice_of(text->ptr, length);
    *text = slice_from_index(*text, length);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (slice_equal_nocase(word, slice_from(units[i].name)))
            return units[i].span;
    }
    return 0;
}

bool words_read_time(struct hf_slice text, hf_time *ret) {
    struct hf_slice rest = slice_trim(text);
    hf_time sum = 0;
    bool alone = true; /* a number without a unit may only stand alone */

    do {
        uint64_t millionths;
        __uint128_t product;
        hf_time unit;

        if (!take_decimal(&rest, &millionths))
            return false;
        rest = slice_trim(rest);
        unit = alone && rest.len == 0 ? HF_SECOND : take_unit(&rest);
        if (unit == 0)
            return false;
        product = (__uint128_t)millionths * unit / 1000000;
        if (product > SCENARIO_DURATION_MAX || sum + (hf_time)product > SCENARIO_DURATION_MAX)
            return false;
        sum += (hf_time)product;
        rest = slice_trim(rest);
        alone = false;
    } while (rest.len > 0);
    *ret = sum;
    return true;
}

/* A fraction in millionths, without the zeros at its end. */
static void write_decimal(struct writer *w, uint64_t millionths) {
    uint64_t part = millionths % 1000000;
    uint64_t scale = 100000;

    writer_put_number(w, millionths / 1000000);
    if (part == 0)
        return;
    writer_put_char(w, '.');
    for (; part > 0; scale /= 10) {
        writer_put_char(w, (char)('0' + part / scale));
        part %= scale;
    }
}

void words_write_time(struct writer *w, hf_time time) {
    static const struct {
        hf_time span;
        const char *name;
    } units[] = {
        {86400 * HF_SECOND, " d"},
        {3600 * HF_SECOND, " h"},
        {60 * HF_SECOND, " min"},
    };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (time > 0 && time % units[i].span == 0) {
            writer_put_number(w, time / units[i].span);
            writer_put_slice(w, slice_from(units[i].name));
            return;
        }
    }
    if (time > 0 && time < HF_SECOND && time % HF_MILLISECOND == 0) {
        writer_put_number(w, time / HF_MILLISECOND);
        writer_put_literal(w, " ms");
        return;
    }
    write_decimal(w, time);
    writer_put_literal(w, " s");
}

bool words_read_share(struct hf_slice text, uint32_t *ret) {
    struct hf_slice rest = slice_trim(text);
    uint64_t millionths;

    if (!take_decimal(&rest, &millionths))
        return false;
    rest = slice_trim(rest);
    if (!slice_equal(rest, SLICE("%")) && (rest.len > 0 || millionths > 0))
        return false;
    if (millionths > 100 * (uint64_t)1000000)
        return false;
    *ret = (uint32_t)(millionths / 100);
    return true;
}

void words_write_share(struct writer *w, uint64_t share) {
    write_decimal(w, share * 100);
    writer_put_literal(w, " %");
}
