#include "target/failback.h"

#include "base/assert.h"

unsigned failback_first_hop(const struct failback_policy *policy, unsigned working_hop) {
    switch (policy->mode) {
    case FAILBACK_MODE_NEW_REQUESTS:
    case FAILBACK_MODE_REGISTRATION:
        return 0;
    case FAILBACK_MODE_DNS_TTL:
    case FAILBACK_MODE_DURATION:
    case FAILBACK_MODE_STAY:
    case FAILBACK_MODE_PROBE:
        return working_hop;
    }
    HF_UNREACHABLE();
}

hf_time failback_at(const struct failback_policy *policy, unsigned working_hop, hf_time since,
                    hf_time records_expire_at) {
    hf_time ttl_min = policy->retry > HF_SECOND ? policy->retry : HF_SECOND;

    if (working_hop == 0)
        return HF_NEVER;
    switch (policy->mode) {
    case FAILBACK_MODE_DNS_TTL:
        if (records_expire_at == HF_NEVER)
            return HF_NEVER;
        return records_expire_at > since + ttl_min ? records_expire_at : since + ttl_min;
    case FAILBACK_MODE_DURATION:
    case FAILBACK_MODE_PROBE:
        return policy->period == 0 ? HF_NEVER : since + policy->period;
    case FAILBACK_MODE_NEW_REQUESTS:
    case FAILBACK_MODE_REGISTRATION:
    case FAILBACK_MODE_STAY:
        return HF_NEVER;
    }
    HF_UNREACHABLE();
}

static hf_time share_of_hour(unsigned per_hour) {
    return 3600 * HF_SECOND / per_hour;
}

hf_time failback_brake_free_at(const struct failback_brake *brake, unsigned per_hour) {
    if (per_hour == 0 || brake->spent_until_at <= share_of_hour(per_hour))
        return 0;
    return brake->spent_until_at - share_of_hour(per_hour);
}

void failback_brake_count(struct failback_brake *brake, unsigned per_hour, hf_time now) {
    if (per_hour == 0)
        return;
    if (brake->spent_until_at < now)
        brake->spent_until_at = now;
    brake->spent_until_at += share_of_hour(per_hour);
    /* Moves that nobody chose, because the lesser server failed, must not add up to hours. */
    if (brake->spent_until_at > now + 2 * share_of_hour(per_hour))
        brake->spent_until_at = now + 2 * share_of_hour(per_hour);
}
