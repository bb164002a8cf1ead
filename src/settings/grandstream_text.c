/* Grandstream plain text, the input of the vendor's own generator: "P47 = value" lines, comments
 * with '#'. */
#include "settings/phone.h"

static int read_line(struct settings_file *file, struct entries *entries, struct hf_slice text,
                     unsigned line) {
    struct hf_slice value = slice_trim(text);
    struct hf_slice key;

    if (slice_is_empty(value) || value.ptr[0] == '#')
        return 0;
    if (slice_index(value, '=') == value.len) {
        key = slice_split(&value, ' ');
        return file_report(file, SEVERITY_WARNING, line, "'%.*s' is not 'P… = value', ignored",
                           (int)(key.len < 60 ? key.len : 60), key.ptr);
    }
    key = slice_trim(slice_split(&value, '='));
    return entries_add(entries, key, slice_trim(value), line);
}

int grandstream_text_read(struct settings_file *file, struct hf_slice bytes) {
    struct entries entries;
    struct hf_slice text;
    unsigned line = 0;
    int result = 0;

    if (slice_starts_with_nocase(bytes, SLICE("\xef\xbb\xbf")))
        bytes = slice_from_index(bytes, 3);
    entries_init(&entries);
    while (result == 0 && take_line(&bytes, &text))
        result = read_line(file, &entries, text, ++line);
    if (result == 0)
        result = phone_read(file, &entries, VALUE_GRANDSTREAM);
    entries_release(&entries);
    return result;
}
