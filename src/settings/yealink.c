/* Yealink .cfg: "key = value" lines, comments with '#', a first line "#!version:…". */
#include "settings/phone.h"

static struct hf_slice without_bom(struct hf_slice bytes) {
    return slice_starts_with_nocase(bytes, SLICE("\xef\xbb\xbf")) ? slice_from_index(bytes, 3)
                                                                  : bytes;
}

/* A template that lost a line's end leaves two assignments in one line: "a= b = c". */
static bool is_second_assignment(struct hf_slice value) {
    struct hf_slice key = slice_trim(slice_split(&value, '='));
    struct key_match match;

    return value.ptr && slice_index(key, '.') < key.len &&
           yealink_key_find(key, &match) != KEY_UNKNOWN;
}

static int add_pair(struct settings_file *file, struct entries *entries, struct hf_slice key,
                    struct hf_slice value, unsigned line) {
    int result;

    if (is_second_assignment(value)) {
        result =
            file_report(file, SEVERITY_WARNING, line,
                        "two assignments in one line: '%.*s' is taken as empty", SLICE_ARGS(key));
        if (result == 0)
            result = entries_add(entries, key, SLICE_NONE, line);
        key = slice_trim(slice_split(&value, '='));
        if (result != 0)
            return result;
    }
    value = slice_trim(value);
    if (slice_equal(value, SLICE("%NULL%")))
        value = SLICE_NONE;
    return entries_add(entries, key, value, line);
}

static int read_line(struct settings_file *file, struct entries *entries, struct hf_slice text,
                     unsigned line) {
    struct hf_slice value = slice_trim(text);
    struct hf_slice key;
    bool has_equals = slice_index(value, '=') < value.len;

    if (slice_is_empty(value) || value.ptr[0] == '#')
        return 0;
    key = slice_trim(slice_split(&value, '='));
    if (!has_equals || slice_is_empty(key)) {
        key = slice_split(&key, ' '); /* no more of it: it may be a password */
        return file_report(file, SEVERITY_WARNING, line, "'%.*s' is not 'key = value', ignored",
                           (int)(key.len < 60 ? key.len : 60), key.ptr ? key.ptr : "");
    }
    return add_pair(file, entries, key, value, line);
}

int yealink_read(struct settings_file *file, struct hf_slice bytes) {
    struct hf_slice rest = without_bom(bytes);
    struct entries entries;
    struct hf_slice text;
    unsigned line = 0;
    int result = 0;

    entries_init(&entries);
    while (result == 0 && take_line(&rest, &text))
        result = read_line(file, &entries, text, ++line);
    if (result == 0)
        result = phone_read(file, &entries, VALUE_YEALINK);
    entries_release(&entries);
    return result;
}
