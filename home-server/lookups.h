/* SPDX-License-Identifier: MIT */
/* lookups.h - looks up the configuration's public names, all at once and without blocking: when it has been read, and again
 * while one of them is not found. Clients are served meanwhile with what is known of them (public_names.h). */
#ifndef HW_SERVER_LOOKUPS_H
#define HW_SERVER_LOOKUPS_H

#include "io/net/dns_ask.h"
#include "settings.h"

typedef struct lookups {
	settings *settings; /* these two are borrowed */
	io_loop *loop;
	io_timer *retry;
	uint64_t wait_ms; /* before the next retry */
	dns_ask *ask;     /* NULL: nobody is being asked */
	bool is_failing;  /* and the log has it */
} lookups;

bool lookups_open(lookups *l, io_loop *loop, settings *s, err *e);
/* The configuration is another one, or is to be looked up again. */
void lookups_start(lookups *l);
void lookups_close(lookups *l);

#endif
