#include "base/limits.h"
#include "settings/value.h"

static void write_integer(struct writer *w, int64_t value) {
    if (value < 0)
        writer_put_char(w, '-');
    writer_put_number(w, value < 0 ? (uint64_t)-value : (uint64_t)value);
}

/* Microseconds as seconds, with as many decimals as are needed: "30", "0.5". */
static void write_seconds(struct writer *w, int64_t value) {
    uint64_t part = (uint64_t)(value % 1000000);

    writer_put_number(w, (uint64_t)value / 1000000);
    if (part == 0)
        return;
    writer_put_char(w, '.');
    for (uint64_t scale = 100000; part > 0; scale /= 10) {
        writer_put_char(w, (char)('0' + part / scale));
        part %= scale;
    }
}

static const char *word_of(const struct setting_word *words, int64_t value) {
    for (; words && words->text; words++) {
        if (words->value == value)
            return words->text;
    }
    return NULL;
}

void value_write(struct writer *w, const struct setting_row *row,
                 const struct setting_value *value) {
    const char *word = word_of(row->words, value->number);

    switch (row->type) {
    case TYPE_BOOL:
        writer_put_slice(w, value->number ? SLICE("yes") : SLICE("no"));
        break;
    case TYPE_NUMBER:
        write_integer(w, value->number);
        break;
    case TYPE_DURATION:
        write_seconds(w, value->number);
        break;
    case TYPE_WORD:
        writer_put_slice(w, slice_from(word));
        break;
    case TYPE_TEXT:
    case TYPE_SECRET:
    case TYPE_HOST:
    case TYPE_IP:
        writer_put_slice(w, value->text);
        break;
    }
}

static void write_words(struct writer *w, const struct setting_word *words) {
    for (size_t i = 0; words[i].text; i++) {
        if (i > 0)
            writer_put_slice(w, words[i + 1].text ? SLICE(", ") : SLICE(" or "));
        writer_put_slice(w, slice_from(words[i].text));
    }
}

static void write_limits(struct writer *w, const struct value_rule *rule) {
    const struct setting_row *row = rule->row;
    const struct setting_key *key = rule->key;
    int64_t unit = row->type == TYPE_DURATION && !(key && (key->min || key->max)) ? 1000000 : 1;
    int64_t min = unit > 1 || !key || !(key->min || key->max) ? row->min : key->min;
    int64_t max = unit > 1 || !key || !(key->min || key->max) ? row->max : key->max;
    bool minutes = key && key->unit == 60000000;

    if (unit > 1)
        write_seconds(w, min);
    else
        write_integer(w, min);
    writer_put_literal(w, " to ");
    if (unit > 1)
        write_seconds(w, max);
    else
        write_integer(w, max);
    if (row->type == TYPE_DURATION)
        writer_put_slice(w, minutes ? SLICE(" minutes") : SLICE(" s"));
}

void value_write_range(struct writer *w, const struct value_rule *rule) {
    const struct setting_row *row = rule->row;
    const struct setting_key *key = rule->key;
    const struct setting_word *words = key && key->words ? key->words : row->words;

    switch (row->type) {
    case TYPE_BOOL:
        writer_put_slice(w, rule->format == VALUE_YEALINK       ? SLICE("0 or 1")
                            : rule->format == VALUE_GRANDSTREAM ? SLICE("0, 1, Yes or No")
                                                                : SLICE("yes or no"));
        break;
    case TYPE_WORD:
        write_words(w, words);
        break;
    case TYPE_NUMBER:
    case TYPE_DURATION:
        if (words) {
            write_words(w, words);
            writer_put_literal(w, ", ");
        }
        write_limits(w, rule);
        break;
    case TYPE_HOST:
        writer_put_literal(w, "name or address[:port]");
        break;
    case TYPE_IP:
        writer_put_literal(w, "IP address");
        break;
    case TYPE_TEXT:
    case TYPE_SECRET:
        writer_put_literal(w, "at most ");
        write_integer(w, row->max ? row->max : LIMIT_SETTING_TEXT_BYTES);
        writer_put_literal(w, " bytes");
        break;
    }
}
