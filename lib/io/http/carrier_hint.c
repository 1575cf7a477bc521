/* SPDX-License-Identifier: MIT */
/* carrier_hint.c - how a carrier got there, as text for a file that others may have written. */
#include "io/http/carrier.h"
#include <stdio.h>
#include <string.h>

void carrier_hint_put(const carrier_info *i, char out[CARRIER_HINT])
{
	snprintf(out, CARRIER_HINT, "%s%s%s", carrier_method_name(i->method), i->proxy ? " " : "",
		 i->proxy ? i->proxy : "");
}

/* The next word, if it is not too long. */
static bool word(const char **text, char *out, size_t room)
{
	*text += strspn(*text, " ");
	size_t n = strcspn(*text, " ");
	if (n >= room)
		return false;
	memcpy(out, *text, n);
	out[n] = 0;
	*text += n;
	return true;
}

/* Words after these are a later version's. */
carrier_hint carrier_hint_get(const char *text)
{
	carrier_hint h = { 0 };
	char method[16];
	if (!word(&text, method, sizeof method) || !word(&text, h.proxy, sizeof h.proxy))
		return (carrier_hint){ 0 };
	for (h.method = 0; h.method <= CARRIER_PLAIN; h.method++)
		if (strcmp(method, carrier_method_name(h.method)) == 0) {
			h.known = true;
			return h;
		}
	return (carrier_hint){ 0 };
}
