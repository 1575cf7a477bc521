/* SPDX-License-Identifier: MIT */
#include "core/carrier/hint.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *carrier_method_name(carrier_method m)
{
	static const char *const names[] = { "connect-udp", "websocket", "plain" };

	static_assert(sizeof names / sizeof names[0] == CARRIER_PLAIN + 1, "name every method");
	return names[m];
}

void carrier_hint_put(carrier_method m, const char *proxy, char out[CARRIER_HINT])
{
	snprintf(out, CARRIER_HINT, "%s%s%s", carrier_method_name(m), proxy ? " " : "",
		 proxy ? proxy : "");
}

/* The next word, if it is not too long. */
static bool take_word(const char **text, char *out, size_t room)
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

/* The file may have been written by others. Words after the second are a later version's. */
carrier_hint carrier_hint_get(const char *text)
{
	carrier_hint h = { 0 };
	char method[16];

	if (!take_word(&text, method, sizeof method) || !take_word(&text, h.proxy, sizeof h.proxy))
		return (carrier_hint){ 0 };
	for (h.method = 0; h.method <= CARRIER_PLAIN; h.method++)
		if (strcmp(method, carrier_method_name(h.method)) == 0) {
			h.known = true;
			return h;
		}
	return (carrier_hint){ 0 };
}
