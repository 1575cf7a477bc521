/* SPDX-License-Identifier: MIT */
/* status_json.h - the client's state for `status --json` and `paths --json`. */
#ifndef HOMEWARD_STATUS_JSON_H
#define HOMEWARD_STATUS_JSON_H

#include "core/client/core.h"
#include <jansson.h>

/* What only the shell knows of a path that goes by a carrier. */
typedef struct path_detail {
	const char *proxy, *method, *unverified; /* NULL: none */
} path_detail;
typedef struct status_source {
	const client_core *core;
	const char *identity;
	const void *ctx;
	path_detail (*detail)(const void *ctx, uint32_t sock);
	const char *trouble; /* with carriers; "": none */
} status_source;

json_t *status_json(const status_source *s, core_time now);
json_t *paths_json(const status_source *s, core_time now);

#endif
