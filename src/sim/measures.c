/* What can be measured and expected, by name. */
#include "sim/scenario_words.h"

enum {
    WITH_SERVER = 1,
    WITH_INSTANT = 2,
};

static const struct {
    const char *name;
    enum measure_unit unit;
    enum scenario_relation relation;
    unsigned with;
} measures[MEASURE_COUNT] = {
    [MEASURE_AVAILABILITY] = {"availability", UNIT_SHARE, RELATION_AT_LEAST, 0},
    [MEASURE_WORST_AVAILABILITY] = {"worst_availability", UNIT_SHARE, RELATION_AT_LEAST, 0},
    [MEASURE_RECOVERY_50] = {"recovery_50", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_RECOVERY_95] = {"recovery_95", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_RECOVERY_99] = {"recovery_99", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_RECOVERY_WORST] = {"recovery_worst", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_STARTUP_50] = {"startup_50", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_STARTUP_95] = {"startup_95", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_STARTUP_99] = {"startup_99", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_STARTUP_WORST] = {"startup_worst", UNIT_TIME, RELATION_AT_MOST, 0},
    [MEASURE_UNRECOVERED] = {"unrecovered", UNIT_ACCOUNTS, RELATION_AT_MOST, 0},
    [MEASURE_PEAK] = {"peak_registers", UNIT_COUNT, RELATION_AT_MOST, WITH_SERVER},
    [MEASURE_REGISTERS] = {"registers", UNIT_COUNT, RELATION_AT_MOST, WITH_SERVER},
    [MEASURE_LOST] = {"lost", UNIT_COUNT, RELATION_AT_MOST, WITH_SERVER},
    [MEASURE_FAILOVERS] = {"failovers", UNIT_COUNT, RELATION_AT_MOST, 0},
    [MEASURE_FAILBACKS] = {"failbacks", UNIT_COUNT, RELATION_AT_MOST, 0},
    [MEASURE_FAILURES] = {"failures", UNIT_COUNT, RELATION_AT_MOST, 0},
    [MEASURE_REJECTED] = {"rejected", UNIT_ACCOUNTS, RELATION_AT_MOST, WITH_INSTANT},
    [MEASURE_REGISTERED] = {"registered", UNIT_ACCOUNTS, RELATION_AT_LEAST,
                            WITH_SERVER | WITH_INSTANT},
    [MEASURE_REACHABLE] = {"reachable", UNIT_ACCOUNTS, RELATION_AT_LEAST, WITH_INSTANT},
    [MEASURE_BINDINGS] = {"bindings", UNIT_ACCOUNTS, RELATION_AT_MOST, WITH_SERVER | WITH_INSTANT},
    [MEASURE_STATE] = {"state", UNIT_STATE, RELATION_EXACTLY, WITH_INSTANT},
};

const char *measure_name(enum scenario_measure measure) {
    return measures[measure].name;
}

bool measure_find(struct hf_slice name, enum scenario_measure *ret) {
    for (int i = 0; i < MEASURE_COUNT; i++) {
        if (slice_equal(name, slice_from(measures[i].name))) {
            *ret = (enum scenario_measure)i;
            return true;
        }
    }
    return false;
}

enum measure_unit measure_unit(enum scenario_measure measure) {
    return measures[measure].unit;
}

enum scenario_relation measure_relation(enum scenario_measure measure) {
    return measures[measure].relation;
}

bool measure_has_server(enum scenario_measure measure) {
    return measures[measure].with & WITH_SERVER;
}

bool measure_has_instant(enum scenario_measure measure) {
    return measures[measure].with & WITH_INSTANT;
}
