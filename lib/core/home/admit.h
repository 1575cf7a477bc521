/* SPDX-License-Identifier: MIT */
/* admit.h - sends a relay the list of clients that may register by it (docs/protocol.md, section 18). */
#ifndef HW_CORE_HOME_ADMIT_H
#define HW_CORE_HOME_ADMIT_H

#include "core/home/change.h"
#include "core/reg/link.h"

typedef struct home_admission { /* to whom */
	const char *relay;      /* its name, which KEY3 depends on */
	home_changes *changes;
	home_reader *reader;
	sa_pair *pair;
	const dgram_route *route;
} home_admission;

/* As much as may be on its way at a time. False: the queue is full, there is more. */
bool home_admit(const home_admission *to, dgramq *tx, uint64_t now_ms);

#endif
