/* SPDX-License-Identifier: MIT */
#include "core/http/auth.h"
#include "base/wire.h"
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>

/* H(...) as hexadecimal digits (RFC 7616 3.4.1). */
typedef struct digest {
	char hex[2 * 32 + 1];
} digest;

/* Control characters have no place in a field, nor in a user name or password (RFC 7617 2). */
static bool is_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* H of the parts with colons between. */
static bool hash(const http_challenge *c, const char *const parts[], size_t n, digest *out)
{
	uint8_t raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_MD_CTX *h = EVP_MD_CTX_new();
	bool ok = h && EVP_DigestInit_ex(h, c->sha256 ? EVP_sha256() : EVP_md5(), NULL) == 1;

	for (size_t i = 0; ok && i < n; i++)
		ok = (i == 0 || EVP_DigestUpdate(h, ":", 1) == 1) &&
		     EVP_DigestUpdate(h, parts[i], strlen(parts[i])) == 1;
	ok = ok && EVP_DigestFinal_ex(h, raw, &len) == 1;
	EVP_MD_CTX_free(h);
	if (ok)
		hex_encode(raw, len, out->hex);
	explicit_bzero(raw, sizeof raw);
	return ok;
}

#define HASH(c, out, ...)                                                                          \
	hash(c, (const char *const[]){ __VA_ARGS__ },                                              \
	     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), out)

/* H(A1) (RFC 7616 3.4.2). With -sess the cnonce is that of the first response: it is kept with the
 * challenge, so that it is the same whether the proxy stores the hash or computes it again. */
static bool hash_a1(const http_challenge *c, const http_credentials *w, digest *out)
{
	digest user;
	bool ok = HASH(c, &user, w->user, c->realm, w->password);

	if (ok && c->sess)
		ok = HASH(c, out, user.hex, c->nonce, c->cnonce);
	else if (ok)
		*out = user;
	explicit_bzero(&user, sizeof user);
	return ok;
}

/* RFC 7616 3.4.1; without qop as RFC 2069 2.1.2 has it. */
static bool hash_response(const http_challenge *c, const http_credentials *w, const char *nc,
			  digest *out)
{
	digest a1, a2;
	bool ok = hash_a1(c, w, &a1) && HASH(c, &a2, w->method, w->uri);

	if (ok && c->qop_auth)
		ok = HASH(c, out, a1.hex, c->nonce, nc, c->cnonce, "auth", a2.hex);
	else if (ok)
		ok = HASH(c, out, a1.hex, c->nonce, a2.hex);
	explicit_bzero(&a1, sizeof a1);
	return ok;
}

static void put(wire_wr *w, const char *text)
{
	wire_put(w, text, strlen(text));
}

static void put_quoted(wire_wr *w, const char *name, const char *value)
{
	put(w, name);
	put(w, "=\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			wire_put_u8(w, '\\');
		wire_put_u8(w, (uint8_t)*value);
	}
	wire_put_u8(w, '"');
}

static bool put_user(wire_wr *o, const http_challenge *c, const http_credentials *w)
{
	digest hidden; /* RFC 7616 3.4.4 */

	if (c->userhash && !HASH(c, &hidden, w->user, c->realm))
		return false;
	put_quoted(o, "Digest username", c->userhash ? hidden.hex : w->user);
	return true;
}

static void put_algorithm(wire_wr *o, const http_challenge *c)
{
	if (!c->has_algorithm) /* RFC 7616 3.4: as in the challenge */
		return;
	put(o, c->sha256 ? ", algorithm=SHA-256" : ", algorithm=MD5");
	put(o, c->sess ? "-sess" : "");
}

static bool put_digest(const http_challenge *c, const http_credentials *w, wire_wr *o)
{
	digest response;
	char nc[9];

	snprintf(nc, sizeof nc, "%08x", c->count);
	if (!hash_response(c, w, nc, &response) || !put_user(o, c, w))
		return false;
	put_quoted(o, ", realm", c->realm);
	put_quoted(o, ", nonce", c->nonce);
	put_quoted(o, ", uri", w->uri);
	put_algorithm(o, c);
	if (c->qop_auth) {
		put(o, ", qop=auth, nc=");
		put(o, nc);
		put_quoted(o, ", cnonce", c->cnonce);
	}
	put_quoted(o, ", response", response.hex);
	if (c->opaque[0])
		put_quoted(o, ", opaque", c->opaque);
	put(o, c->userhash ? ", userhash=true" : "");
	return true;
}

/* RFC 7617 2: a colon in the user's name would move the password's beginning. */
static bool put_basic(const http_credentials *w, wire_wr *o)
{
	uint8_t pair[HTTP_AUTH_VALUE / 2], coded[HTTP_AUTH_VALUE];
	wire_wr p = wire_writer(pair, sizeof pair);

	if (strchr(w->user, ':') || !is_text(w->password))
		return false;
	put(&p, w->user);
	put(&p, ":");
	put(&p, w->password);
	if (!p.bad) {
		int n = EVP_EncodeBlock(coded, pair, (int)wire_len(&p));
		put(o, "Basic ");
		wire_put(o, coded, (size_t)n);
	}
	explicit_bzero(pair, sizeof pair);
	explicit_bzero(coded, sizeof coded);
	return !p.bad;
}

static bool make_cnonce(http_challenge *c)
{
	uint8_t raw[16];

	if (c->cnonce[0])
		return true;
	if (RAND_bytes(raw, sizeof raw) != 1)
		return false;
	hex_encode(raw, sizeof raw, c->cnonce);
	return true;
}

static bool put_response(http_challenge *c, const http_credentials *w, wire_wr *o)
{
	if (!is_text(w->user))
		return false;
	if (c->scheme == HTTP_AUTH_BASIC)
		return put_basic(w, o);
	if (c->scheme != HTTP_AUTH_DIGEST || !is_text(w->uri) || c->count == UINT32_MAX)
		return false;
	c->count++;
	return make_cnonce(c) && put_digest(c, w, o);
}

bool http_auth_respond(http_challenge *c, const http_credentials *w, char out[HTTP_AUTH_VALUE])
{
	wire_wr o = wire_writer(out, HTTP_AUTH_VALUE - 1);
	bool ok = put_response(c, w, &o) && !o.bad;

	if (ok)
		out[wire_len(&o)] = 0;
	else
		explicit_bzero(out, HTTP_AUTH_VALUE);
	return ok;
}
