/* SPDX-License-Identifier: MIT */
/* A proxy's challenge of any octets: what is answered fits its room, is one line, and, read as a challenge
 * (it has the same form), says again the realm, the nonce and the opaque that it answers. */
#include "core/http/auth.h"
#include "oracle.h"

static const http_credentials who = { "a\"b\\c", "secret", "CONNECT", "[2001:db8::1]:443" };

static void check_line(const char out[HTTP_AUTH_VALUE])
{
	size_t n = strnlen(out, HTTP_AUTH_VALUE);

	oracle_check(n > 6 && n < HTTP_AUTH_VALUE);
	for (size_t i = 0; i < n; i++)
		oracle_check((unsigned char)out[i] >= 0x20 || out[i] == '\t');
}

/* The password is in the answer only where the challenge itself, unescaped, contains it. */
static void check_secret(const http_challenge *c, const char out[HTTP_AUTH_VALUE])
{
	oracle_check(!strstr(out, who.password) || strstr(c->realm, who.password) ||
		     strstr(c->nonce, who.password) || strstr(c->opaque, who.password));
}

static void check_same(const http_challenge *c, const char out[HTTP_AUTH_VALUE])
{
	http_challenge again = { 0 };

	oracle_check(http_challenge_take(&again, out, strlen(out)));
	oracle_check(again.scheme == c->scheme);
	if (c->scheme == HTTP_AUTH_BASIC)
		return;
	oracle_check(strcmp(again.realm, c->realm) == 0 && strcmp(again.nonce, c->nonce) == 0 &&
		     strcmp(again.opaque, c->opaque) == 0);
	oracle_check(again.sha256 == c->sha256 && again.sess == c->sess &&
		     again.qop_auth == c->qop_auth && again.userhash == c->userhash &&
		     again.has_algorithm == c->has_algorithm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *value = malloc(n ? n : 1), out[HTTP_AUTH_VALUE];
	http_challenge c = { 0 };

	oracle_check(value != NULL);
	if (n)
		memcpy(value, data, n);
	if (!http_challenge_take(&c, value, n)) {
		oracle_check(c.scheme == HTTP_AUTH_NONE && !c.realm[0] && !c.nonce[0] &&
			     !c.qop_auth);
	} else {
		oracle_check(c.scheme != HTTP_AUTH_NONE && c.count == 0);
		oracle_check(!http_challenge_take(&c, value, n)); /* nothing stronger was missed */
		if (http_auth_respond(&c, &who, out)) {
			check_line(out);
			check_secret(&c, out);
			check_same(&c, out);
		}
	}
	free(value);
	return 0;
}
