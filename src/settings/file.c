#include "settings/file.h"

#include <stdlib.h>

#include "settings/phone.h"
#include "settings/texts.h"

static struct hf_slice without_lead(struct hf_slice bytes) {
    if (slice_starts_with_nocase(bytes, SLICE("\xef\xbb\xbf")))
        bytes = slice_from_index(bytes, 3);
    return slice_trim(bytes);
}

/* "P47 = …" */
static bool is_p_value(struct hf_slice key) {
    uint64_t number;

    return key.len > 1 && (key.ptr[0] == 'P' || key.ptr[0] == 'p') &&
           slice_to_number(slice_from_index(key, 1), &number);
}

static bool is_dotted_key(struct hf_slice key) {
    bool dot = false;

    for (size_t i = 0; i < key.len; i++) {
        char c = ascii_lower(key.ptr[i]);

        dot |= c == '.';
        if ((c < 'a' || c > 'z') && !ascii_is_digit(c) && c != '.' && c != '_')
            return false;
    }
    return dot;
}

/* What one line that is no comment says about the format; FORMAT_UNKNOWN when it says nothing. */
static enum settings_format format_of_line(struct hf_slice line) {
    size_t equals = slice_index(line, '=');
    size_t colon = slice_index(line, ':');
    struct hf_slice key = slice_trim(slice_of(line.ptr, equals));

    if (equals < line.len && is_p_value(key))
        return FORMAT_GRANDSTREAM_TEXT;
    if (equals < colon && is_dotted_key(key))
        return FORMAT_YEALINK;
    if (slice_equal(line, SLICE("---")) || line.ptr[0] == '%' ||
        (colon < equals && (colon + 1 == line.len || line.ptr[colon + 1] == ' ')))
        return FORMAT_NATIVE;
    return FORMAT_UNKNOWN;
}

static enum settings_format format_of_path(const char *path) {
    const char *dot = strrchr(path, '.');
    struct hf_slice ending = slice_from(dot ? dot + 1 : "");

    if (slice_equal_nocase(ending, SLICE("yaml")) || slice_equal_nocase(ending, SLICE("yml")))
        return FORMAT_NATIVE;
    if (slice_equal_nocase(ending, SLICE("cfg")))
        return FORMAT_YEALINK;
    return FORMAT_UNKNOWN;
}

/* Credentials of a fleet, which the file that is theirs names. */
static bool is_csv(const char *path) {
    size_t len = strlen(path);

    return len > 4 && slice_equal_nocase(slice_from(path + len - 4), SLICE(".csv"));
}

enum settings_format settings_file_format(const char *path, struct hf_slice bytes) {
    struct hf_slice rest = without_lead(bytes);
    struct hf_slice line;

    if (is_csv(path))
        return FORMAT_UNKNOWN;
    if (slice_starts_with_nocase(rest, SLICE("<")))
        return FORMAT_GRANDSTREAM_XML;
    if (slice_starts_with_nocase(rest, SLICE("#!version")))
        return FORMAT_YEALINK;
    if (format_of_path(path) == FORMAT_NATIVE)
        return FORMAT_NATIVE;
    for (unsigned n = 0; n < 500 && take_line(&rest, &line); n++) {
        enum settings_format format;

        line = slice_trim(line);
        if (slice_is_empty(line) || line.ptr[0] == '#')
            continue;
        format = format_of_line(line);
        if (format != FORMAT_UNKNOWN)
            return format;
    }
    return format_of_path(path);
}

const char *settings_format_name(enum settings_format format) {
    switch (format) {
    case FORMAT_YEALINK:
        return "Yealink .cfg";
    case FORMAT_GRANDSTREAM_XML:
        return "Grandstream XML";
    case FORMAT_GRANDSTREAM_TEXT:
        return "Grandstream text";
    case FORMAT_NATIVE:
        return "native YAML";
    case FORMAT_UNKNOWN:
        break;
    }
    return "unknown format";
}

/* What is of other files comes after what is of the file itself. */
static bool comes_after(const struct settings_diagnostic *a, const struct settings_diagnostic *b) {
    if (!a->source != !b->source)
        return a->source != NULL;
    return a->source == b->source && a->line > b->line;
}

/* A stable sort by line: the diagnostics come in a few runs that are sorted already. */
static void sort_diagnostics(struct settings_file *file) {
    struct settings_diagnostic *list = file->diagnostics;
    size_t count = file->diagnostic_count;

    if (count < 2)
        return;
    for (size_t i = 1; i < count; i++) {
        struct settings_diagnostic moved = list[i];
        size_t low = 0;
        size_t high = i;

        while (low < high) {
            size_t middle = low + (high - low) / 2;

            if (!comes_after(&list[middle], &moved))
                low = middle + 1;
            else
                high = middle;
        }
        memmove(list + low + 1, list + low, (i - low) * sizeof(*list));
        list[low] = moved;
    }
}

static void choose_family(struct settings_file *file, struct hf_slice bytes, int wanted) {
    file->family = FAMILY_GENERIC;
    file->family_reason = "the file does not name one";
    if (file->format == FORMAT_YEALINK) {
        file->family = FAMILY_YEALINK;
        file->family_reason = "the file's format";
    } else if (file->format != FORMAT_NATIVE && file->format != FORMAT_UNKNOWN) {
        file->family = grandstream_family(file, bytes, &file->family_reason);
    }
    if (wanted >= 0) {
        file->family = (enum settings_family)wanted;
        file->family_reason = "as asked for";
    }
}

static int read_format(struct settings_file *file, struct hf_slice bytes,
                       const struct settings_read_options *options) {
    switch (file->format) {
    case FORMAT_YEALINK:
        return yealink_read(file, bytes);
    case FORMAT_GRANDSTREAM_XML:
        return grandstream_xml_read(file, bytes);
    case FORMAT_GRANDSTREAM_TEXT:
        return grandstream_text_read(file, bytes);
    case FORMAT_NATIVE:
        return native_read(file, bytes, options);
    case FORMAT_UNKNOWN:
        break;
    }
    return file_report(file, SEVERITY_ERROR, 0, "not a file of a format that holdfast reads");
}

int settings_file_read(struct settings_file *ret, const char *path, struct hf_slice bytes,
                       const struct settings_read_options *options) {
    int wanted = options->family ? settings_family_of(slice_from(options->family)) : -1;
    int result;

    *ret = (struct settings_file){0};
    if (options->family && wanted < 0)
        return HF_ERROR_UNKNOWN;
    ret->name = strdup(path);
    if (!ret->name)
        return HF_ERROR_MEMORY;
    ret->format = settings_file_format(path, bytes);
    choose_family(ret, bytes, wanted);
    ret->how = options;
    result = read_format(ret, bytes, options);
    ret->how = NULL;
    sort_diagnostics(ret);
    return result;
}

void settings_file_release(struct settings_file *file) {
    for (size_t i = 0; i < file->account_count; i++)
        hf_settings_free(file->accounts[i].settings);
    texts_free(file->names);
    for (size_t i = 0; i < file->diagnostic_count; i++)
        free(file->diagnostics[i].message);
    for (size_t i = 0; i < file->source_count; i++)
        free(file->sources[i]);
    free(file->sources);
    free(file->accounts);
    free(file->diagnostics);
    free(file->name);
    *file = (struct settings_file){0};
}
