/* SPDX-License-Identifier: MIT */
/* status_json.h - the client's state for `status --json` and `paths --json`. */
#ifndef HW_CLIENT_STATUS_JSON_H
#define HW_CLIENT_STATUS_JSON_H

#include "carriers.h"
#include "routing.h"
#include <jansson.h>

json_t *status_json(const client_core *core, const carriers *c, const char *identity,
		    core_time now);
json_t *paths_json(const client_core *core, const carriers *c, core_time now);
json_t *protection_json(const routing_status *s);

#endif
