#include "usage/outbound.h"

uint32_t outbound_reg_id(const struct hf_settings *settings) {
    unsigned server = 0, proxy = 0;

    if (!settings_bool(settings, SETTING_OUTBOUND, 0) ||
        settings_text(settings, SETTING_INSTANCE, 0).len == 0)
        return 0;
    while (!settings_concern_server(settings, server))
        server++;
    while (!settings_concern_proxy(settings, proxy))
        proxy++;
    return 1 + server * LIMIT_PROXIES + proxy;
}

bool outbound_is_offered(const struct registration *registration,
                         const struct hf_settings *settings, unsigned server) {
    const bool left_out =
        registration->left_out_server == server && (registration->left_out & EXTENSION_FLOW) != 0;

    return !left_out && outbound_reg_id(settings) != 0;
}

bool outbound_is_done(const struct sip_message *response) {
    return sip_has_option(response, SIP_HEADER_REQUIRE, SLICE("outbound"));
}

uint32_t outbound_flow_timer(const struct sip_message *response) {
    uint32_t seconds;

    return sip_seconds_read(response, SIP_HEADER_FLOW_TIMER, &seconds) ? seconds : 0;
}

void outbound_offer_again(struct registration *registration) {
    registration->left_out &= (uint8_t)~EXTENSION_FLOW;
    registration->outbound_rests = 0;
}

void outbound_count_rest(struct registration *registration) {
    if ((registration->left_out & EXTENSION_OUTBOUND) != 0 &&
        ++registration->outbound_rests >= OUTBOUND_RESTS)
        outbound_offer_again(registration);
}
