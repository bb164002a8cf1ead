#include "net/tls_check.h"

#include <stdio.h>
#include <time.h>

#include "net/tls_name.h"

static void put(struct writer *w, const char *text) {
    writer_put_slice(w, slice_from(text));
}

static void put_day(struct writer *w, const ASN1_TIME *time) {
    struct tm tm;
    char text[sizeof "-2147483648-01-01"];

    if (ASN1_TIME_to_tm(time, &tm) == 1 && strftime(text, sizeof text, "%Y-%m-%d", &tm) > 0)
        put(w, text);
    else
        put(w, "an unreadable date");
}

/* "certificate of pbx.example.com", or that of somebody above it. */
static void put_whose(struct writer *w, const struct tls_check *check, X509 *certificate,
                      int depth) {
    put(w, depth == 0 ? "certificate of " : "certificate of the issuer ");
    if (depth == 0)
        writer_put_slice(w, check->name);
    else
        tls_name_write_subject(w, X509_get_subject_name(certificate));
}

static void explain_issuer(struct writer *w, const struct tls_check *check, X509 *certificate,
                           bool self_signed) {
    put_whose(w, check, certificate, 0);
    put(w, self_signed ? ": the chain ends with the self-signed " : ": its issuer ");
    tls_name_write_subject(w, self_signed ? X509_get_subject_name(certificate)
                                          : X509_get_issuer_name(certificate));
    put(w, self_signed ? ", which is not trusted" : " is not trusted");
}

static void explain(struct writer *w, const struct tls_check *check, X509_STORE_CTX *step) {
    int error = X509_STORE_CTX_get_error(step), depth = X509_STORE_CTX_get_error_depth(step);
    X509 *certificate = X509_STORE_CTX_get_current_cert(step);

    switch (certificate ? error : X509_V_ERR_UNSPECIFIED) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        put_whose(w, check, certificate, depth);
        put(w, " has expired on ");
        put_day(w, X509_get0_notAfter(certificate));
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        put_whose(w, check, certificate, depth);
        put(w, " is not valid before ");
        put_day(w, X509_get0_notBefore(certificate));
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        put(w, "self-signed certificate of ");
        writer_put_slice(w, check->name);
        put(w, " is not trusted");
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        explain_issuer(w, check, certificate, true);
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        explain_issuer(w, check, certificate, false);
        break;
    default:
        put(w, "certificate of ");
        writer_put_slice(w, check->name);
        put(w, ": ");
        put(w, X509_verify_cert_error_string(error));
    }
}

static bool is_named(const struct tls_check *check, X509_STORE_CTX *step, struct writer *why) {
    X509 *certificate = X509_STORE_CTX_get_current_cert(step);

    if (tls_name_matches(certificate, check->name))
        return true;
    put(why, "certificate is for ");
    tls_name_write(why, certificate);
    put(why, ", not ");
    writer_put_slice(why, check->name);
    X509_STORE_CTX_set_error(step, X509_V_ERR_HOSTNAME_MISMATCH);
    return false;
}

static bool is_pinned(const struct tls_check *check, X509_STORE_CTX *step, struct writer *why) {
    X509 *certificate = X509_STORE_CTX_get_current_cert(step);

    if (check->pins.len == 0 || tls_name_is_pinned(certificate, check->pins))
        return true;
    put(why, "certificate of ");
    writer_put_slice(why, check->name);
    put(why, " has the public key ");
    tls_name_write_pin(why, certificate);
    put(why, ", which is not pinned");
    X509_STORE_CTX_set_error(step, X509_V_ERR_APPLICATION_VERIFICATION);
    return false;
}

bool tls_check_step(struct tls_check *check, bool good, X509_STORE_CTX *step, struct writer *why) {
    if (check->verify && !good) {
        explain(why, check, step);
        return false;
    }
    if (X509_STORE_CTX_get_error_depth(step) > 0 || !X509_STORE_CTX_get_current_cert(step))
        return true;
    if ((check->verify && !is_named(check, step, why)) || !is_pinned(check, step, why))
        return false;
    check->accepted = good || !check->verify;
    return true;
}
