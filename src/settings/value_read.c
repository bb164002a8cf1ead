#include "base/address.h"
#include "base/limits.h"
#include "settings/value.h"

static const int64_t second = 1000000;

static void explain(const struct value_rule *rule, struct hf_slice text, const char *what,
                    struct hf_settings_error *error) {
    struct writer w = writer_of(error->message, sizeof(error->message));

    writer_put_slice(&w, rule->name);
    if (rule->row->type == TYPE_SECRET) {
        writer_put_literal(&w, ": the value ");
    } else {
        writer_put_literal(&w, ": '");
        writer_put_slice(&w, slice_of(text.ptr, text.len < 60 ? text.len : 60));
        writer_put_slice(&w, text.len < 60 ? SLICE("' ") : SLICE("…' "));
    }
    writer_put_slice(&w, slice_from(what));
    (void)writer_terminate(&w);
}

/* As explain, with what is permitted. */
static void explain_range(const struct value_rule *rule, struct hf_slice text, const char *what,
                          struct hf_settings_error *error) {
    char buffer[160];
    struct writer w = writer_of(buffer, sizeof(buffer));

    writer_put_slice(&w, slice_from(what));
    writer_put_literal(&w, " (permitted: ");
    value_write_range(&w, rule);
    writer_put_literal(&w, ")");
    (void)writer_terminate(&w);
    explain(rule, text, buffer, error);
}

static const struct setting_word *find_word(const struct setting_word *words,
                                            struct hf_slice text) {
    for (; words && words->text; words++) {
        if (slice_equal_nocase(text, slice_from(words->text)))
            return words;
    }
    return NULL;
}

static bool read_bool(const struct value_rule *rule, struct hf_slice text, int64_t *ret) {
    static const struct setting_word words[] = {
        {"0", 0},     {"1", 1},    {"no", 0},       {"yes", 1},     {"off", 0}, {"on", 1},
        {"false", 0}, {"true", 1}, {"disabled", 0}, {"enabled", 1}, {0}};
    const struct setting_word *word = find_word(words, text);

    if (!word || (rule->format == VALUE_YEALINK && text.len != 1))
        return false;
    *ret = word->value;
    return true;
}

/* "12" or "0.25" in units of `unit`, rounded down to a microsecond; leaves what follows. */
static bool read_decimal(struct hf_slice *text, int64_t unit, int64_t *ret) {
    struct hf_slice rest = *text;
    int64_t whole = 0;
    int64_t part = 0;
    int64_t scale = 1;
    size_t i = 0;

    for (; i < rest.len && ascii_is_digit(rest.ptr[i]); i++) {
        if (i == 12)
            return false;
        whole = whole * 10 + (rest.ptr[i] - '0');
    }
    if (i == 0 || __builtin_mul_overflow(whole, unit, &whole))
        return false;
    if (i + 1 < rest.len && rest.ptr[i] == '.' && ascii_is_digit(rest.ptr[i + 1])) {
        for (i++; i < rest.len && ascii_is_digit(rest.ptr[i]); i++) {
            if (scale < second) {
                part = part * 10 + (rest.ptr[i] - '0');
                scale *= 10;
            }
        }
    }
    if (__builtin_add_overflow(whole, part * unit / scale, ret))
        return false;
    *text = slice_from_index(rest, i);
    return true;
}

/* What a native duration may end in. */
static int64_t unit_of(struct hf_slice suffix) {
    static const struct setting_word units[] = {
        {"ms", 1000},          {"s", 1000000},        {"sec", 1000000},      {"m", 60000000},
        {"min", 60000000},     {"h", 3600000000},     {"d", 86400000000},    {"seconds", 1000000},
        {"minutes", 60000000}, {"hours", 3600000000}, {"days", 86400000000}, {0}};
    const struct setting_word *unit = find_word(units, suffix);

    return unit ? unit->value : 0;
}

static bool read_duration(const struct value_rule *rule, struct hf_slice text, int64_t *ret) {
    int64_t unit = rule->key && rule->key->unit ? rule->key->unit : second;
    struct hf_slice rest = text;

    if (!read_decimal(&rest, unit, ret))
        return false;
    rest = slice_trim(rest);
    if (slice_is_empty(rest))
        return true;
    unit = rule->format == VALUE_NATIVE ? unit_of(rest) : 0;
    if (unit == 0 || !read_decimal(&text, unit, ret))
        return false;
    return true;
}

static bool read_number(struct hf_slice text, int64_t *ret) {
    bool negative = text.len > 1 && text.ptr[0] == '-';
    uint64_t value;

    if (!slice_to_number(slice_from_index(text, negative), &value) || value > INT64_MAX / 2)
        return false;
    *ret = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* The limits in the value's own unit; false when there are none. */
static bool limits_of(const struct value_rule *rule, int64_t *min, int64_t *max,
                      enum setting_outside *outside) {
    const struct setting_key *key = rule->key;
    int64_t unit = rule->row->type != TYPE_DURATION ? 1 : key && key->unit ? key->unit : second;

    *outside = key && key->outside ? key->outside : rule->row->outside;
    if (key && (key->min || key->max)) {
        *min = key->min * unit;
        *max = key->max * unit;
        return true;
    }
    *min = rule->row->min;
    *max = rule->row->max;
    return *min || *max;
}

static int check_limits(const struct value_rule *rule, struct hf_slice text, int64_t *value,
                        struct hf_settings_error *error) {
    int64_t min;
    int64_t max;
    enum setting_outside outside;

    if (!limits_of(rule, &min, &max, &outside) || (*value >= min && *value <= max))
        return 0;
    if (outside == OUTSIDE_ERROR || (outside == OUTSIDE_CLAMP_LOW && *value > max)) {
        explain_range(rule, text, "is out of range", error);
        return HF_ERROR_RANGE;
    }
    explain_range(rule, text,
                  *value < min ? "is too small, the smallest is used"
                               : "is too large, the largest is used",
                  error);
    *value = *value < min ? min : max;
    return 0;
}

static int read_scalar(const struct value_rule *rule, struct hf_slice text, int64_t *ret,
                       struct hf_settings_error *error) {
    const struct setting_row *row = rule->row;
    const struct setting_word *words =
        rule->key && rule->key->words ? rule->key->words : row->words;
    const struct setting_word *word = find_word(words, text);
    const char *wrong = "is not a number";

    if (word) {
        *ret = word->value;
        return 0;
    }
    if (row->type == TYPE_NUMBER && read_number(text, ret))
        return check_limits(rule, text, ret, error);
    if (row->type == TYPE_DURATION && read_duration(rule, text, ret))
        return check_limits(rule, text, ret, error);
    if (row->type == TYPE_BOOL && read_bool(rule, text, ret))
        return 0;
    if (row->type == TYPE_DURATION)
        wrong = text.ptr[0] == '-' ? "is negative" : "is not a time";
    else if (row->type != TYPE_NUMBER)
        wrong = "is not permitted";
    explain_range(rule, text, wrong, error);
    return row->type == TYPE_WORD || row->type == TYPE_BOOL ? HF_ERROR_RANGE : HF_ERROR_INVALID;
}

static int read_text(const struct value_rule *rule, struct hf_slice text,
                     struct hf_settings_error *error) {
    size_t max = rule->row->max ? (size_t)rule->row->max : LIMIT_SETTING_TEXT_BYTES;

    if (text.len > max) {
        explain_range(rule, text, "is too long", error);
        return HF_ERROR_RANGE;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f) {
            explain(rule, SLICE("…"), "has a control character", error);
            return HF_ERROR_INVALID;
        }
    }
    return 0;
}

static int read_host(const struct value_rule *rule, struct hf_slice text, struct setting_value *ret,
                     struct host_text *ret_host, struct hf_settings_error *error) {
    const char *reason;

    if (!host_read(text, ret_host, &reason)) {
        explain(rule, text, reason, error);
        return HF_ERROR_INVALID;
    }
    ret->text = ret_host->host;
    return 0;
}

int value_read(const struct value_rule *rule, struct hf_slice text, struct setting_value *ret,
               struct host_text *ret_host, struct hf_settings_error *error) {
    struct hf_address address = {0};
    int result;

    error->message[0] = '\0';
    if (!setting_is_text(rule->row->type))
        return read_scalar(rule, text, &ret->number, error);
    result = read_text(rule, text, error);
    if (result != 0)
        return result;
    if (rule->row->type == TYPE_HOST)
        return read_host(rule, text, ret, ret_host, error);
    if (rule->row->type == TYPE_IP && !address_parse(text, &address)) {
        explain(rule, text, "is not an IP address", error);
        return HF_ERROR_INVALID;
    }
    const char *fault = shape_fault(rule->row->shape, text);

    if (fault) {
        explain(rule, text, fault, error);
        return HF_ERROR_INVALID;
    }
    ret->text = text;
    return 0;
}
