#include "sim/fault.h"

#include "base/slice.h"

static const char *const names[] = {
    [SIM_SERVER_START] = "server-start",
    [SIM_SERVER_STOP] = "server-stop",
    [SIM_SERVER_OFF] = "server-off",
    [SIM_SERVER_FREEZE] = "server-freeze",
    [SIM_SERVER_FAULT] = "server-fault",
    [SIM_SERVER_DELAY] = "server-delay",
    [SIM_SERVER_RATE] = "server-rate",
    [SIM_SERVER_LIMITS] = "server-limits",
    [SIM_SERVER_REALM] = "server-realm",
    [SIM_SERVER_NONCES] = "server-nonces",
    [SIM_SERVER_TLS] = "server-tls",
    [SIM_STREAMS_CLOSE] = "streams-close",
    [SIM_STREAMS_DEAFEN] = "streams-deafen",
    [SIM_STREAMS_CUT] = "streams-cut",
    [SIM_LINK] = "link",
    [SIM_NAT_REBIND] = "nat-rebind",
    [SIM_NAT_TIMEOUT] = "nat-timeout",
    [SIM_DNS_ANSWERS] = "dns-answers",
    [SIM_DNS_FAILS] = "dns-fails",
    [SIM_DNS_SILENT] = "dns-silent",
    [SIM_DNS_DELAY] = "dns-delay",
    [SIM_DNS_ADDRESS] = "dns-address",
    [SIM_PROCESS_KILL] = "process-kill",
    [SIM_PROCESS_STOP] = "process-stop",
    [SIM_PROCESS_SLEEP] = "process-sleep",
    [SIM_PROCESS_START] = "process-start",
};

const char *sim_fault_name(enum sim_fault_kind kind) {
    return names[kind];
}

bool sim_fault_find(struct hf_slice name, enum sim_fault_kind *ret) {
    for (unsigned kind = 0; kind < sizeof names / sizeof names[0]; kind++) {
        if (slice_equal(slice_from(names[kind]), name)) {
            *ret = (enum sim_fault_kind)kind;
            return true;
        }
    }
    return false;
}

const char *sim_way_name(enum sim_way way) {
    switch (way) {
    case SIM_WAY_OPEN:
        return "yes";
    case SIM_WAY_DOWN:
        return "no";
    case SIM_WAY_REFUSED:
        return "refused";
    }
    return "yes";
}

const char *sim_record_name(enum sim_record record) {
    switch (record) {
    case SIM_RECORD_ANY:
        return "any";
    case SIM_RECORD_A:
        return "A";
    case SIM_RECORD_AAAA:
        return "AAAA";
    }
    return "any";
}

const char *sim_tls_fault_name(enum sim_tls_fault fault) {
    switch (fault) {
    case SIM_TLS_WORKS:
        return "works";
    case SIM_TLS_HANDSHAKE:
        return "handshake";
    case SIM_TLS_CERTIFICATE:
        return "certificate";
    case SIM_TLS_REFUSED:
        return "refused";
    }
    return "works";
}
