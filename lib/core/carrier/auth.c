/* SPDX-License-Identifier: MIT */
#include "core/carrier/auth.h"
#include <stdio.h>
#include <string.h>

enum { CHALLENGES = 4 }; /* of a proxy that calls every nonce stale */

bool carrier_auth_line(carrier_auth *a, const carrier_proxy *p, const char *method, const char *uri,
		       char out[CARRIER_AUTH_LINE])
{
	char value[HTTP_AUTH_VALUE];
	http_credentials c = { p->user, p->password, method, uri };
	bool known = a->challenge.scheme != HTTP_AUTH_NONE && p->user[0] &&
		     http_auth_respond(&a->challenge, &c, value);

	out[0] = '\0';
	if (known)
		snprintf(out, CARRIER_AUTH_LINE, "Proxy-Authorization: %s\r\n", value);
	explicit_bzero(value, sizeof value);
	return known;
}

static bool refuse(carrier_error *e, const carrier_proxy *p, const char *what)
{
	carrier_error_set(e, CARRIER_CREDENTIALS, "proxy %.128s%s", p->name, what);
	return false;
}

bool carrier_auth_challenge(carrier_auth *a, const carrier_proxy *p, const http_head *h,
			    bool had_line, carrier_error *e)
{
	http_challenge c = { 0 };
	const char *value;
	unsigned at = 0;

	while ((value = http_next(h, "proxy-authenticate", &at)))
		http_challenge_take(&c, value, strlen(value));
	if (c.scheme == HTTP_AUTH_NONE)
		return refuse(e, p, " asks for authentication of a kind that is not supported");
	if (!p->user[0])
		return refuse(e, p, " asks for a user name and a password");
	if ((had_line && !a->accepted && !c.stale) || ++a->challenges > CHALLENGES)
		return refuse(e, p, ": wrong user name or password");
	a->challenge = c;
	a->accepted = false;
	return true;
}

void carrier_auth_accepted(carrier_auth *a)
{
	a->accepted = true;
	a->challenges = 0;
}
