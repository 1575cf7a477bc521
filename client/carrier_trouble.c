/* SPDX-License-Identifier: MIT */
#include "carrier_trouble.h"

#include <stdio.h>
#include <string.h>

void carrier_trouble_note(carrier_trouble *t, unsigned mux, const char *host, const char *why,
			  const logger *log)
{
	char text[CARRIER_TROUBLE_TEXT];
	bool known = false;

	snprintf(text, sizeof text, "%s: %s", host, why);
	for (unsigned i = 0; i < CLIENT_MUXES; i++)
		known |= strcmp(text, t->texts[i]) == 0;
	if (!known)
		log_warn(log, "no carrier to %s", text);
	memcpy(t->texts[mux], text, sizeof text);
}

void carrier_trouble_clear(carrier_trouble *t)
{
	*t = (carrier_trouble){ 0 };
}

const char *carrier_trouble_text(const carrier_trouble *t)
{
	for (unsigned i = 0; i < CLIENT_MUXES; i++)
		if (*t->texts[i])
			return t->texts[i];
	return "";
}
