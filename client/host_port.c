/* SPDX-License-Identifier: MIT */
#include "host_port.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_host_name(const char *s, size_t n)
{
	if (n == 0 || n >= HOST_SIZE || s[0] == '-' || s[0] == '.')
		return false;
	bool letter = false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '.')
			return false;
		letter |= isalpha((unsigned char)s[i]) != 0;
	}
	return letter; /* digits and dots alone are a mistyped address */
}

bool host_port_parse(const char *text, uint16_t port_else, host_port *out)
{
	endpoint ep;

	out->port = port_else;
	if (endpoint_parse(text, port_else, &ep)) {
		out->literal = true;
		out->port = ep.port;
		ip_format(&ep.addr, out->host);
		return true;
	}
	size_t n = strcspn(text, ":");
	if (text[n]) {
		char *end;
		unsigned long port = strtoul(text + n + 1, &end, 10);
		if (!isdigit((unsigned char)text[n + 1]) || *end || port == 0 || port > 65535)
			return false;
		out->port = (uint16_t)port;
	}
	if (!is_host_name(text, n))
		return false;
	memcpy(out->host, text, n);
	out->host[n] = 0;
	return true;
}
