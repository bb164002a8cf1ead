#include "sip/date.h"

#include "sip/token.h"

static bool take_number(struct reader *r, char end, uint64_t max, uint64_t *ret) {
    const char *from = r->at;

    while (ascii_is_digit((char)reader_peek(r)))
        r->at++;
    struct hf_slice digits = slice_of(from, (size_t)(r->at - from));

    if (digits.len > 4 || !slice_to_number(digits, ret) || *ret > max)
        return false;
    if (end == ' ') {
        take_lws(r);
        return true;
    }
    return end == '\0' || reader_take_char(r, end);
}

/* 1 to 12; 0: none. */
static unsigned take_month(struct reader *r) {
    static const struct hf_slice names = {"JanFebMarAprMayJunJulAugSepOctNovDec", 36};
    struct hf_slice name = take_token(r);

    take_lws(r);
    for (unsigned i = 0; i < 12; i++)
        if (slice_equal_nocase(name, slice_of(names.ptr + (size_t)3 * i, 3)))
            return i + 1;
    return 0;
}

/* Days since 1970-01-01 in the Gregorian calendar; years are counted from March, so that the day
 * that comes and goes is the last one. */
static uint64_t days_of(uint64_t year, unsigned month, uint64_t day) {
    uint64_t y = month <= 2 ? year - 1 : year;
    unsigned from_march = (month + 9) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (from_march * 153 + 2) / 5 + day - 1 - 719468;
}

bool sip_date_parse(struct hf_slice text, uint64_t *ret) {
    size_t comma = slice_index(text, ',');
    struct reader r = reader_of(comma < text.len ? slice_from_index(text, comma + 1) : text);
    uint64_t day, year, hour, minute, second;

    take_lws(&r);
    if (!take_number(&r, ' ', 31, &day) || day == 0)
        return false;
    unsigned month = take_month(&r);

    if (month == 0 || !take_number(&r, ' ', 9999, &year) || year < 1970 ||
        !take_number(&r, ':', 23, &hour) || !take_number(&r, ':', 59, &minute) ||
        !take_number(&r, ' ', 60, &second) || !slice_equal_nocase(take_token(&r), SLICE("GMT")))
        return false;
    take_lws(&r);
    if (!reader_at_end(&r))
        return false;
    *ret = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}
