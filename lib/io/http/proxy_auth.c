/* SPDX-License-Identifier: MIT */
#include "io/http/proxy.h"
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 4 }; /* a proxy that calls every nonce stale is not believed for ever */

bool proxy_auth_line(proxy_auth *a, const carrier_proxy *p, const char *method, const char *uri,
		     char out[PROXY_AUTH_LINE])
{
	char value[HTTP_AUTH_VALUE];
	http_credentials w = { p->user, p->password, method, uri };
	bool known = a->challenge.scheme != HTTP_AUTH_NONE && p->user[0] &&
		     http_auth_respond(&a->challenge, &w, value);
	out[0] = '\0';
	if (known)
		snprintf(out, PROXY_AUTH_LINE, "Proxy-Authorization: %s\r\n", value);
	explicit_bzero(value, sizeof value);
	return known;
}

static bool refuse(char why[256], const carrier_proxy *p, const char *what)
{
	snprintf(why, 256, "proxy %.128s%s", p->name, what);
	return false;
}

bool proxy_auth_take(proxy_auth *a, const carrier_proxy *p, const http_head *h, bool had_line,
		     char why[256])
{
	http_challenge c = { 0 };
	const char *value;
	unsigned at = 0;
	while ((value = http_next(h, "proxy-authenticate", &at)))
		http_challenge_take(&c, value, strlen(value));
	if (c.scheme == HTTP_AUTH_NONE)
		return refuse(why, p, " asks for authentication of a kind that is not known here");
	if (!p->user[0])
		return refuse(why, p, " asks for a user name and a password");
	if ((had_line && !a->good && !c.stale) || ++a->rounds > ROUNDS)
		return refuse(why, p, ": wrong user name or password");
	a->challenge = c;
	a->good = false;
	return true;
}

void proxy_auth_good(proxy_auth *a)
{
	a->good = true;
	a->rounds = 0;
}
