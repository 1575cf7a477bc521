/* SPDX-License-Identifier: MIT */
/* status_json.h - the answer to `status`. Names and addresses, counts; no key, no pseudonym. */
#ifndef HW_SERVER_STATUS_JSON_H
#define HW_SERVER_STATUS_JSON_H

#include "datapath.h"

#include <jansson.h>

json_t *status_json(const settings *s, const home_core *core, const datapath *d, core_time now);

#endif
