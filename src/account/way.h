/* Where a request of the account that is no REGISTER goes (see holdfast/request.h): what Yealink's
 * register_on_enable and only_signal_with_registered are about. */
#ifndef ACCOUNT_WAY_H
#define ACCOUNT_WAY_H

#include "account/account.h"

struct way {
    struct account *leg; /* the registration it belongs to */
    uint32_t hop;        /* of the leg's settings */
    struct target target;
    bool bound; /* it is that of the leg's binding */
};

/* False: there is none now. `account` is the first leg. */
bool way_of_requests(struct engine *engine, struct account *account, struct way *ret, hf_time now);

#endif
