/* SPDX-License-Identifier: MIT */
/* resync.h - what is answered with home's time (code 133; docs/protocol.md, section 9): each authentic request once, so
 * that a recording of one that was answered gets nothing. */
#ifndef HW_CORE_HOME_RESYNC_H
#define HW_CORE_HOME_RESYNC_H

#include "core/home/credential.h"

enum { HOME_RESYNCS = 1024 /* remembered, of all clients */ };

typedef struct home_resyncs {
	struct {
		uint64_t id;
		uint32_t spi;
	} answered[HOME_RESYNCS];
	unsigned next;
} home_resyncs;

/* The request of that identification came under spi, and is authentic. False: it was answered before, or its client has
 * had enough answers for now. */
bool home_resyncs_take(home_resyncs *all, home_credential *c, uint32_t spi, uint64_t id,
		       uint64_t now_ms);

#endif
