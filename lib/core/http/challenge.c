/* SPDX-License-Identifier: MIT */
/* RFC 9110 11.3: challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ], and a list of those. A comma
 * may end a parameter or a challenge: what follows is a parameter if "token =" stands there. */
#include "core/http/auth.h"
#include <string.h>
#include <strings.h>

typedef struct cursor {
	const char *p, *end;
} cursor;

typedef struct word { /* a token, where it stands */
	const char *p;
	size_t n;
} word;

typedef enum param_id {
	P_REALM = 1,
	P_NONCE = 2,
	P_OPAQUE = 4,
	P_ALGORITHM = 8,
	P_QOP = 16,
	P_USERHASH = 32,
	P_STALE = 64,
} param_id;

typedef struct draft { /* a challenge that is being read */
	http_challenge c;
	unsigned seen;
	bool unusable; /* well formed, but not supported */
} draft;

static int peek(const cursor *r)
{
	return r->p < r->end ? (unsigned char)*r->p : -1;
}

static void skip(cursor *r, const char *set)
{
	while (r->p < r->end && *r->p && strchr(set, *r->p))
		r->p++;
}

static bool is_alnum(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_tchar(int c)
{
	return is_alnum(c) || (c > 0 && strchr("!#$%&'*+-.^_`|~", c));
}

static bool take_token(cursor *r, word *out)
{
	out->p = r->p;
	while (is_tchar(peek(r)))
		r->p++;
	out->n = (size_t)(r->p - out->p);
	return out->n > 0;
}

static bool is_word(word w, const char *text)
{
	return w.n == strlen(text) && strncasecmp(w.p, text, w.n) == 0;
}

/* Credentials in one piece, as of Negotiate: characters of base64, then "=" and the end of the challenge. */
static bool take_token68(cursor *r)
{
	cursor at = *r;

	while (is_alnum(peek(&at)) || (peek(&at) > 0 && strchr("-._~+/", peek(&at))))
		at.p++;
	bool some = at.p > r->p;
	skip(&at, "=");
	skip(&at, " \t");
	if (!some || (peek(&at) != ',' && peek(&at) != -1))
		return false;
	*r = at;
	return true;
}

/* Undoes quoted-pairs (RFC 9110 5.6.4). False: malformed, or longer than a field may be. */
static bool take_quoted(cursor *r, char out[HTTP_AUTH_FIELD])
{
	size_t n = 0;

	for (r->p++; peek(r) != '"'; r->p++) {
		if (peek(r) == '\\')
			r->p++;
		int c = peek(r);
		if ((c < 0x20 && c != '\t') || c == 0x7f || n + 1 == HTTP_AUTH_FIELD)
			return false; /* a control character, the end, or too long */
		out[n++] = (char)c;
	}
	r->p++;
	out[n] = 0;
	return true;
}

static bool take_value(cursor *r, char out[HTTP_AUTH_FIELD])
{
	word w;

	if (peek(r) == '"')
		return take_quoted(r, out);
	if (!take_token(r, &w) || w.n >= HTTP_AUTH_FIELD)
		return false;
	memcpy(out, w.p, w.n);
	out[w.n] = 0;
	return true;
}

/* A parameter's name and the = behind it; nothing is used up if that is not what stands there. */
static bool take_name(cursor *r, word *name)
{
	cursor at = *r;

	if (!take_token(&at, name))
		return false;
	skip(&at, " \t");
	if (peek(&at) != '=')
		return false;
	at.p++;
	skip(&at, " \t");
	*r = at;
	return true;
}

static void set_algorithm(draft *d, const char *value)
{
	static const struct {
		const char *name;
		bool sha256, sess;
	} known[] = { { "MD5", false, false },
		      { "MD5-sess", false, true },
		      { "SHA-256", true, false },
		      { "SHA-256-sess", true, true } };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcasecmp(value, known[i].name) != 0)
			continue;
		d->c.sha256 = known[i].sha256;
		d->c.sess = known[i].sess;
		d->c.has_algorithm = true;
		return;
	}
	d->unusable = true;
}

/* A list of tokens, of which auth is supported. */
static void set_qop(draft *d, const char *value)
{
	cursor r = { value, value + strlen(value) };
	word w;

	for (skip(&r, " \t,"); take_token(&r, &w); skip(&r, " \t,"))
		d->c.qop_auth |= is_word(w, "auth");
	d->unusable |= !d->c.qop_auth;
}

static unsigned param_of(word name)
{
	static const struct {
		const char *name;
		param_id id;
	} known[] = {
		{ "realm", P_REALM },         { "nonce", P_NONCE }, { "opaque", P_OPAQUE },
		{ "algorithm", P_ALGORITHM }, { "qop", P_QOP },     { "userhash", P_USERHASH },
		{ "stale", P_STALE },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (is_word(name, known[i].name))
			return known[i].id;
	return 0;
}

/* False: given twice (RFC 9110 11.2). */
static bool set_param(draft *d, word name, const char value[HTTP_AUTH_FIELD])
{
	unsigned id = param_of(name);

	if (d->seen & id)
		return false;
	d->seen |= id;
	if (id == P_REALM)
		memcpy(d->c.realm, value, strlen(value) + 1);
	else if (id == P_NONCE)
		memcpy(d->c.nonce, value, strlen(value) + 1);
	else if (id == P_OPAQUE)
		memcpy(d->c.opaque, value, strlen(value) + 1);
	else if (id == P_ALGORITHM)
		set_algorithm(d, value);
	else if (id == P_QOP)
		set_qop(d, value);
	else if (id == P_USERHASH)
		d->c.userhash = strcasecmp(value, "true") == 0;
	else if (id == P_STALE)
		d->c.stale = strcasecmp(value, "true") == 0;
	return true;
}

/* Up to where the next challenge begins. False: malformed. */
static bool take_params(cursor *r, draft *d)
{
	char value[HTTP_AUTH_FIELD];
	word name;

	skip(r, " \t,"); /* a list may have empty elements, RFC 9110 5.6.1 */
	while (take_name(r, &name)) {
		if (!take_value(r, value) || !set_param(d, name, value))
			return false;
		skip(r, " \t");
		if (peek(r) != ',' && peek(r) != -1)
			return false;
		skip(r, " \t,");
	}
	return true;
}

/* RFC 7616 3.3: a Digest has a realm and a nonce. A -sess form needs the cnonce, which comes only with qop. */
static unsigned rate_strength(const draft *d)
{
	if (d->unusable || d->c.scheme == HTTP_AUTH_NONE)
		return 0;
	if (d->c.scheme == HTTP_AUTH_BASIC)
		return 1;
	if (!(d->seen & P_REALM) || !(d->seen & P_NONCE) || (d->c.sess && !d->c.qop_auth))
		return 0;
	return 2 + 2u * d->c.sha256 + d->c.qop_auth;
}

static unsigned rate_taken(const http_challenge *c)
{
	draft d = { .c = *c, .seen = P_REALM | P_NONCE };

	return rate_strength(&d);
}

/* False: malformed, which leaves the rest of the value without a meaning. */
static bool take_challenge(cursor *r, draft *d)
{
	word scheme;

	if (!take_token(r, &scheme))
		return false;
	if (is_word(scheme, "Basic"))
		d->c.scheme = HTTP_AUTH_BASIC;
	else if (is_word(scheme, "Digest"))
		d->c.scheme = HTTP_AUTH_DIGEST;
	if (peek(r) != ' ')
		return peek(r) == ',' || peek(r) == -1;
	skip(r, " ");
	return take_token68(r) || take_params(r, d);
}

bool http_challenge_take(http_challenge *c, const char *value, size_t n)
{
	cursor r = { value, value + n };
	unsigned best = rate_taken(c);
	bool taken = false;

	for (skip(&r, " \t,"); r.p < r.end; skip(&r, " \t,")) {
		draft d = { 0 };
		if (!take_challenge(&r, &d))
			break;
		if (rate_strength(&d) <= best)
			continue;
		best = rate_strength(&d);
		*c = d.c;
		taken = true;
	}
	return taken;
}
