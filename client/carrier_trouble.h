/* SPDX-License-Identifier: MIT */
/* carrier_trouble.h - what keeps carriers from coming up: logged once until it is something else or over, and
 * shown in status, there that of the best carrier. */
#ifndef HW_CLIENT_CARRIER_TROUBLE_H
#define HW_CLIENT_CARRIER_TROUBLE_H

#include "core/client/core.h"

enum { CARRIER_TROUBLE_TEXT = 320 };

typedef struct carrier_trouble {
	char texts[CLIENT_MUXES][CARRIER_TROUBLE_TEXT]; /* "": none; the preferred carrier first */
} carrier_trouble;

/* "HOST: WHY". */
void carrier_trouble_note(carrier_trouble *t, unsigned mux, const char *host, const char *why,
			  const logger *log);
void carrier_trouble_clear(carrier_trouble *t);             /* a carrier is up */
const char *carrier_trouble_text(const carrier_trouble *t); /* "": none */

#endif
