#include "net/tls_name.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/address.h"

enum { NAMES_SHOWN = 3, PIN_TEXT_MAX = 64 };

static struct hf_slice string_of(const ASN1_STRING *s) {
    return slice_of((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static struct hf_slice without_dot(struct hf_slice name) {
    if (name.len > 1 && name.ptr[name.len - 1] == '.')
        name.len--;
    return name;
}

/* What comes from a stranger's certificate is shown without what a terminal would act on. */
static void write_clean(struct writer *w, struct hf_slice text) {
    for (size_t i = 0; i < text.len && i < 100; i++)
        writer_put_char(w, text.ptr[i] > ' ' && text.ptr[i] < 0x7f ? text.ptr[i]
                           : text.ptr[i] == ' '                    ? ' '
                                                                   : '?');
}

/* RFC 5922 section 7.1: a URI of a SIP domain has no user part; what follows the host says nothing
 * of it. */
static struct hf_slice uri_domain(struct hf_slice uri) {
    struct hf_slice domain = SLICE_NONE;

    if (slice_starts_with_nocase(uri, SLICE("sip:")))
        domain = slice_from_index(uri, 4);
    else if (slice_starts_with_nocase(uri, SLICE("sips:")))
        domain = slice_from_index(uri, 5);
    if (slice_index(domain, '@') < domain.len)
        return SLICE_NONE;
    domain.len = slice_index(domain, ';');
    domain.len = slice_index(domain, '?');
    return domain;
}

static struct hf_slice name_of(const GENERAL_NAME *name) {
    if (name->type == GEN_DNS)
        return string_of(name->d.dNSName);
    if (name->type == GEN_URI)
        return uri_domain(string_of(name->d.uniformResourceIdentifier));
    return SLICE_NONE;
}

static bool ip_matches(const GENERAL_NAME *name, const struct hf_address *address) {
    size_t len = address->family == HF_FAMILY_IPV4 ? 4 : 16;

    return name->type == GEN_IPADD &&
           slice_equal(string_of(name->d.iPAddress), slice_of((const char *)address->ip, len));
}

static bool common_name(const X509_NAME *name, int nid, struct hf_slice *ret) {
    int at = X509_NAME_get_index_by_NID(name, nid, -1);

    if (at < 0)
        return false;
    *ret = string_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    return true;
}

static bool any_matches(const GENERAL_NAMES *names, struct hf_slice wanted) {
    struct hf_address address;
    bool is_address = address_parse(wanted, &address);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (is_address && ip_matches(name, &address))
            return true;
        if (wanted.len > 0 && slice_equal_nocase(without_dot(name_of(name)), wanted))
            return true;
    }
    return false;
}

bool tls_name_matches(X509 *certificate, struct hf_slice name) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    struct hf_slice wanted = without_dot(name), subject;
    bool matches = false;

    if (names)
        matches = any_matches(names, wanted);
    else if (X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0 && wanted.len > 0 &&
             common_name(X509_get_subject_name(certificate), NID_commonName, &subject))
        matches = slice_equal_nocase(without_dot(subject), wanted);
    GENERAL_NAMES_free(names);
    return matches;
}

static bool write_name(struct writer *w, const GENERAL_NAME *name, unsigned before) {
    struct hf_slice text = name_of(name);
    struct hf_address address = {0};

    if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) <= 16) {
        struct hf_slice ip = string_of(name->d.iPAddress);

        address.family = ip.len == 4 ? HF_FAMILY_IPV4 : HF_FAMILY_IPV6;
        memcpy(address.ip, ip.ptr, ip.len);
    }
    if (text.len == 0 && address.family == HF_FAMILY_NONE)
        return false;
    if (before >= NAMES_SHOWN)
        return true;
    if (before > 0)
        writer_put_literal(w, ", ");
    if (address.family != HF_FAMILY_NONE)
        address_write_host(w, &address, false);
    else
        write_clean(w, text);
    return true;
}

void tls_name_write(struct writer *w, X509 *certificate) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    unsigned count = 0;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        count += write_name(w, sk_GENERAL_NAME_value(names, i), count);
    GENERAL_NAMES_free(names);
    if (count == 0)
        tls_name_write_subject(w, X509_get_subject_name(certificate));
    if (count > NAMES_SHOWN) {
        writer_put_literal(w, " and ");
        writer_put_number(w, count - NAMES_SHOWN);
        writer_put_literal(w, " more");
    }
}

void tls_name_write_subject(struct writer *w, const X509_NAME *name) {
    struct hf_slice text;

    if (common_name(name, NID_commonName, &text) || common_name(name, NID_organizationName, &text))
        write_clean(w, text);
    else
        writer_put_literal(w, "nobody");
}

void tls_name_write_pin(struct writer *w, X509 *certificate) {
    unsigned char digest[EVP_MAX_MD_SIZE], text[PIN_TEXT_MAX], *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    unsigned digest_len = 0;

    if (len <= 0)
        return;
    if (EVP_Digest(der, (size_t)len, digest, &digest_len, EVP_sha256(), NULL)) {
        writer_put_literal(w, "sha256/");
        writer_put(w, (char *)text, (size_t)EVP_EncodeBlock(text, digest, (int)digest_len));
    }
    OPENSSL_free(der);
}

bool tls_name_is_pinned(X509 *certificate, struct hf_slice pins) {
    char text[PIN_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    tls_name_write_pin(&w, certificate);
    struct hf_slice mine = writer_slice(&w);

    while (mine.len > 0 && (pins = slice_trim(pins)).len > 0) {
        if (slice_equal(slice_split(&pins, ' '), mine))
            return true;
    }
    return false;
}
