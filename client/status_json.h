/* SPDX-License-Identifier: MIT */
/* status_json.h - the client's state for `status --json` and `paths --json`. */
#ifndef HOMEWARD_STATUS_JSON_H
#define HOMEWARD_STATUS_JSON_H

#include "core/client_core.h"
#include <jansson.h>

json_t *status_json(const client_core *c, core_time now, const char *identity);
json_t *paths_json(const client_core *c, core_time now);

#endif
