/* SPDX-License-Identifier: MIT */
#include "base/url.h"
#include "base/addr.h"
#include <string.h>

typedef struct span {
	const char *p;
	size_t n;
} span;

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool wrong(err *e, const char *what)
{
	return err_set(e, ERR_USAGE, "%s", what);
}

/* Cuts off what precedes the first `c`, and `c`; *s keeps the rest. False: there is none. */
static bool cut_at(span *s, char c, span *before)
{
	const char *at = s->n ? memchr(s->p, c, s->n) : NULL;

	if (!at)
		return false;
	*before = (span){ s->p, (size_t)(at - s->p) };
	s->n -= before->n + 1;
	s->p = at + 1;
	return true;
}

/* RFC 3986 3.1. */
static bool take_scheme(const char **text, url *out, err *e)
{
	const char *end = strstr(*text, "://");
	size_t n = end ? (size_t)(end - *text) : 0;

	if (n == 0 || n >= sizeof out->scheme)
		return wrong(e, "a URL begins as http://HOST does");
	for (size_t i = 0; i < n; i++) {
		char c = (*text)[i];
		if (!is_alpha(c) && (i == 0 || (!is_digit(c) && !strchr("+-.", c))))
			return wrong(e, "the URL's scheme (before ://) has an invalid character");
		out->scheme[i] = lower(c);
	}
	*text = end + 3;
	return true;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A %-escape's octet, or -1. */
static int escaped(const char *p, size_t n)
{
	int hi = n >= 3 ? hex_digit(p[1]) : -1, lo = n >= 3 ? hex_digit(p[2]) : -1;

	return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

/* Undoes %-escapes. Control characters are refused: no protocol with names and passwords takes them, and some
 * are broken by them. */
static bool unescape(span s, char out[URL_USER], err *e)
{
	size_t used = 0;

	for (size_t i = 0; i < s.n; used++) {
		int c = (unsigned char)s.p[i];
		bool escape = c == '%';
		if (escape)
			c = escaped(s.p + i, s.n - i);
		if (c < 0)
			return wrong(
				e, "in the URL's user or password: % begins no escape; write %25");
		if (c < 0x20 || c == 0x7f)
			return wrong(e, "the URL's user or password has a control character");
		if (used + 1 == URL_USER)
			return wrong(e, "the URL's user or password is too long");
		out[used] = (char)c;
		i += escape ? 3 : 1;
	}
	out[used] = 0;
	return true;
}

/* RFC 3986 3.2.1: the user's name ends at the first colon; an @ in either must be escaped. */
static bool take_userinfo(span *authority, url *out, err *e)
{
	span info, user;

	if (!cut_at(authority, '@', &info))
		return true;
	if (memchr(authority->p, '@', authority->n))
		return wrong(e, "the URL has more than one @: write those of a password as %40");
	if (!cut_at(&info, ':', &user)) {
		user = info;
		info.n = 0;
	}
	return unescape(user, out->user, e) && unescape(info, out->password, e);
}

static bool take_port(span s, url *out, err *e)
{
	unsigned port = 0;

	if (s.n == 0) /* RFC 3986 3.2.3: the port may be empty */
		return true;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]) || port > UINT16_MAX)
			return wrong(e, "the URL's port is not a number of 1 to 65535");
		port = port * 10 + (unsigned)(s.p[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return wrong(e, "the URL's port is not a number of 1 to 65535");
	out->port = (uint16_t)port;
	return true;
}

/* Dot-separated labels of 1 to 63 letters, digits, hyphens; underscores occur in private networks. */
static bool is_host_name(span s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '.' ? label == 0 : !is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}

static bool keep_host(span s, url *out, err *e)
{
	if (s.n >= sizeof out->host)
		return wrong(e, "the URL's host name is too long");
	for (size_t i = 0; i < s.n; i++)
		out->host[i] = lower(s.p[i]);
	return true;
}

static bool take_bracketed(span authority, url *out, err *e)
{
	span host;
	ip_addr a;

	authority.p++;
	authority.n--;
	if (!cut_at(&authority, ']', &host) || !keep_host(host, out, e) ||
	    !ip_parse(out->host, &a) || a.len != 16)
		return wrong(e, "the URL has brackets, but no IPv6 address in them");
	if (authority.n == 0)
		return true;
	if (*authority.p != ':')
		return wrong(e, "in the URL: only a colon and a port may follow the brackets");
	return take_port((span){ authority.p + 1, authority.n - 1 }, out, e);
}

static bool take_host(span authority, url *out, err *e)
{
	span host;

	if (authority.n && *authority.p == '[')
		return take_bracketed(authority, out, e);
	if (!cut_at(&authority, ':', &host)) {
		host = authority;
		authority.n = 0;
	}
	if (host.n == 0)
		return wrong(e, "the URL names no host");
	if (memchr(authority.p, ':', authority.n))
		return wrong(e, "the URL's host has colons: an IPv6 address goes in brackets");
	if (!is_host_name(host))
		return wrong(e, "the URL's host is neither a name nor an address");
	return keep_host(host, out, e) && take_port(authority, out, e);
}

/* RFC 3986 3.3: pchar and slashes; escapes stay as they are. */
static bool take_path(const char *text, url *out, err *e)
{
	size_t n = strlen(text);

	if (n >= sizeof out->path)
		return wrong(e, "the URL's path is too long");
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (c == '%' && escaped(text + i, n - i) < 0)
			return wrong(e, "in the URL's path: % begins no escape; write %25");
		if (!is_alpha(c) && !is_digit(c) && !strchr("/%-._~!$&'()*+,;=:@", c))
			return wrong(e, "the URL's path has an invalid character");
	}
	memcpy(out->path, text, n + 1);
	return true;
}

bool url_parse(const char *text, url *out, err *e)
{
	memset(out, 0, sizeof *out);
	if (!take_scheme(&text, out, e))
		goto fail;
	span authority = { text, strcspn(text, "/?#") };
	text += authority.n;
	if (*text == '?' || *text == '#') {
		wrong(e, "the URL has a ? or a #: write those of a password as %3f and %23");
		goto fail;
	}
	if (take_userinfo(&authority, out, e) && take_host(authority, out, e) &&
	    take_path(text, out, e))
		return true;
fail:
	explicit_bzero(out, sizeof *out);
	return false;
}

const char *url_shown(const char *text)
{
	return strchr(text, '@') ? "...@..." : text;
}

uint16_t url_default_port(const char *scheme)
{
	static const struct {
		const char *scheme;
		uint16_t port;
	} known[] = { { "http", 80 }, { "https", 443 }, { "socks5", 1080 }, { "socks4", 1080 } };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(scheme, known[i].scheme) == 0)
			return known[i].port;
	return 0;
}
