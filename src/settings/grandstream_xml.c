/* Grandstream XML: version 1, <P47>value</P47>; version 2, <item name="account.1.sip.userid">,
 * also with the name spread over nested elements; both may stand in one file. */
#include <expat.h>
#include <limits.h>

#include "base/limits.h"
#include "settings/phone.h"

enum { XML_DEPTH_MAX = 16, XML_NAME_MAX = 256 };

struct xml {
    XML_Parser parser;
    struct settings_file *file;
    struct entries *entries;
    unsigned lines_before; /* cut off before the parser saw the text */
    unsigned depth;
    unsigned config_depth;          /* of the <config> that we are in; 0 = none */
    char name[XML_NAME_MAX];        /* the key so far, parts joined by dots */
    size_t ends[XML_DEPTH_MAX + 1]; /* its length at each depth */
    char value[LIMIT_SETTING_TEXT_BYTES + 2];
    size_t value_length;
    bool has_children;
    unsigned line; /* of the innermost start tag */
    int result;
};

static unsigned line_of(const struct xml *xml) {
    return (unsigned)XML_GetCurrentLineNumber(xml->parser) + xml->lines_before;
}

static void stop(struct xml *xml, int result) {
    xml->result = result;
    XML_StopParser(xml->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name) {
    for (; attributes[0]; attributes += 2) {
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    }
    return NULL;
}

/* Adds a part to the key; one that is too long becomes a key that nobody knows. */
static void add_name(struct xml *xml, const char *part) {
    size_t at = xml->ends[xml->depth];
    size_t len = strlen(part);

    if (at + len + 2 > sizeof(xml->name)) {
        part = "?";
        len = 1;
        at = at + 3 > sizeof(xml->name) ? 0 : at;
    }
    if (at > 0)
        xml->name[at++] = '.';
    memcpy(xml->name + at, part, len);
    xml->ends[xml->depth] = at + len;
}

static void start_element(void *data, const char *element, const char **attributes) {
    struct xml *xml = data;
    const char *name = attribute(attributes, "name");

    if (xml->depth == XML_DEPTH_MAX) {
        xml->result = file_report(xml->file, SEVERITY_ERROR, line_of(xml),
                                  "elements are nested more than %d deep", XML_DEPTH_MAX);
        XML_StopParser(xml->parser, XML_FALSE);
        return;
    }
    xml->depth++;
    xml->ends[xml->depth] = xml->ends[xml->depth - 1];
    xml->line = line_of(xml);
    xml->value_length = 0;
    xml->has_children = false;
    if (xml->config_depth == 0) {
        if (strcmp(element, "config") == 0)
            xml->config_depth = xml->depth;
        return;
    }
    add_name(xml, name ? name : element);
}

static void character_data(void *data, const char *bytes, int length) {
    struct xml *xml = data;
    size_t len = (size_t)length;

    /* One byte more than is permitted is kept, so that the check sees that it is too long. */
    if (len > sizeof(xml->value) - xml->value_length)
        len = sizeof(xml->value) - xml->value_length;
    memcpy(xml->value + xml->value_length, bytes, len);
    xml->value_length += len;
}

static void end_element(void *data, const char *element) {
    struct xml *xml = data;
    struct hf_slice key = slice_of(xml->name, xml->ends[xml->depth]);
    struct hf_slice value = slice_trim(slice_of(xml->value, xml->value_length));
    int result;

    (void)element;
    if (xml->depth == xml->config_depth) {
        xml->config_depth = 0;
    } else if (xml->config_depth != 0 && !xml->has_children) {
        result = entries_add(xml->entries, key, value, xml->line);
        if (result != 0)
            stop(xml, result);
    }
    xml->depth--;
    xml->has_children = true;
    xml->value_length = 0;
}

/* A document that declares entities can be made to grow without bound; no phone's file does. */
static void entity_declaration(void *data, const char *name, int is_parameter, const char *value,
                               int length, const char *base, const char *system,
                               const char *public_id, const char *notation) {
    struct xml *xml = data;

    (void)name, (void)is_parameter, (void)value, (void)length;
    (void)base, (void)system, (void)public_id, (void)notation;
    xml->result = file_report(xml->file, SEVERITY_ERROR, line_of(xml),
                              "the file declares entities, which is not permitted");
    XML_StopParser(xml->parser, XML_FALSE);
}

/* Blank lines and a byte order mark before "<?xml" are no XML, but they are seen. */
static struct hf_slice without_lead(struct hf_slice bytes, unsigned *ret_lines) {
    *ret_lines = 0;
    if (slice_starts_with_nocase(bytes, SLICE("\xef\xbb\xbf")))
        bytes = slice_from_index(bytes, 3);
    while (bytes.len > 0 && (bytes.ptr[0] == '\n' || bytes.ptr[0] == '\r' || bytes.ptr[0] == ' ' ||
                             bytes.ptr[0] == '\t')) {
        *ret_lines += bytes.ptr[0] == '\n';
        bytes = slice_from_index(bytes, 1);
    }
    return bytes;
}

/* Whether all of it could be read; else the file has an error, or xml->result says so. */
static bool parse(struct xml *xml, struct hf_slice bytes) {
    size_t errors = xml->file->errors;

    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, start_element, end_element);
    XML_SetCharacterDataHandler(xml->parser, character_data);
    XML_SetEntityDeclHandler(xml->parser, entity_declaration);
    if (bytes.len <= INT_MAX && XML_Parse(xml->parser, bytes.ptr, (int)bytes.len, 1))
        return true;
    if (XML_GetErrorCode(xml->parser) == XML_ERROR_NO_MEMORY)
        xml->result = HF_ERROR_MEMORY;
    if (xml->result == 0 && xml->file->errors == errors)
        xml->result = file_report(xml->file, SEVERITY_ERROR, line_of(xml),
                                  "not well-formed XML (%s); nothing of the file is used",
                                  XML_ErrorString(XML_GetErrorCode(xml->parser)));
    return false;
}

int grandstream_xml_read(struct settings_file *file, struct hf_slice bytes) {
    bool latin1 = !utf8_is_valid(bytes);
    struct entries entries;
    struct xml xml = {.file = file, .entries = &entries};

    xml.parser = XML_ParserCreate(latin1 ? "ISO-8859-1" : NULL);
    if (!xml.parser)
        return HF_ERROR_MEMORY;
    entries_init(&entries);
    bytes = without_lead(bytes, &xml.lines_before);
    if (latin1)
        xml.result =
            file_report(file, SEVERITY_NOTE, 0, "the file is not UTF-8, it is read as Latin-1");
    if (xml.result == 0 && parse(&xml, bytes))
        xml.result = phone_read(file, &entries, VALUE_GRANDSTREAM);
    XML_ParserFree(xml.parser);
    entries_release(&entries);
    return xml.result;
}
