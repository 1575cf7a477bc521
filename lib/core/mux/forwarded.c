/* SPDX-License-Identifier: MIT */
#include "core/mux/forwarded.h"

/* Some proxies write the port, too. */
static bool parse_last(const char *value, ip_addr *out)
{
	char text[ENDPOINT_STRLEN] = "";
	endpoint at;
	const char *comma = strrchr(value, ','), *last = comma ? comma + 1 : value;

	last += strspn(last, " \t");
	size_t n = strcspn(last, " \t");
	if (n >= sizeof text)
		return false;
	memcpy(text, last, n);
	if (ip_parse(text, out))
		return true;
	if (!endpoint_parse(text, 0, &at))
		return false;
	*out = at.addr;
	return true;
}

void mux_forwarded_for(const http_head *h, ip_addr *out)
{
	const char *value = NULL, *v;
	ip_addr a;

	for (unsigned at = 0; (v = http_next(h, "x-forwarded-for", &at));)
		value = v;
	if (value && parse_last(value, &a))
		*out = a;
}
