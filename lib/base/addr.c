/* SPDX-License-Identifier: MIT */
#include "base/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

ip_addr ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (ip_addr){ 4, { a, b, c, d } };
}

ip_addr ip_from_bytes(const uint8_t *p, size_t len)
{
	ip_addr a = { 0 };

	if (len == 4 || len == 16) {
		a.len = (uint8_t)len;
		memcpy(a.b, p, len);
	}
	return a;
}

bool ip_equal(const ip_addr *a, const ip_addr *b)
{
	return a->len == b->len && memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool ip_is_any(const ip_addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->b, zero, sizeof zero) == 0;
}

bool ip_is_link_local6(const ip_addr *a)
{
	return a->len == 16 && a->b[0] == 0xfe &&
	       (a->b[1] & 0xc0) == 0x80; /* fe80::/10, RFC 4291 2.4 */
}

bool ip_parse(const char *text, ip_addr *out)
{
	ip_addr a = { 0 };

	if (inet_pton(AF_INET, text, a.b) == 1)
		a.len = 4;
	else if (inet_pton(AF_INET6, text, a.b) == 1)
		a.len = 16;
	else
		return false;
	*out = a;
	return true;
}

const char *ip_format(const ip_addr *a, char out[ADDR_STRLEN])
{
	if (a->len != 4 && a->len != 16)
		return strcpy(out, "none");
	if (!inet_ntop(a->len == 4 ? AF_INET : AF_INET6, a->b, out, ADDR_STRLEN))
		out[0] = 0; /* cannot happen: the buffer holds any address */
	return out;
}

/* Whether `b` begins with the first `bits` bits of `a`. */
static bool has_same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, left = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	uint8_t mask = (uint8_t)(0xff00 >> left);
	return left == 0 || ((a[whole] ^ b[whole]) & mask) == 0;
}

static bool has_no_host_bits(const ip_addr *a, unsigned bits)
{
	ip_addr net = { 0 };

	memcpy(net.b, a->b, (bits + 7) / 8);
	if (bits % 8)
		net.b[bits / 8] &= (uint8_t)(0xff00 >> (bits % 8));
	return memcmp(net.b, a->b, sizeof net.b) == 0;
}

/* Decimal digits only, at most `max`. */
static bool parse_number(const char *text, unsigned long max, unsigned long *out)
{
	unsigned long v = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 5 || text[n])
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned long)(text[i] - '0');
	*out = v;
	return v <= max;
}

/* Copies the n characters at p as a string; false: they do not fit. */
static bool copy_part(char *out, size_t room, const char *p, size_t n)
{
	if (n >= room)
		return false;
	memcpy(out, p, n);
	out[n] = 0;
	return true;
}

bool prefix_parse(const char *text, ip_prefix *out)
{
	char host[ADDR_STRLEN];
	ip_prefix p = { 0 };
	size_t n = strcspn(text, "/");

	if (!copy_part(host, sizeof host, text, n) || !ip_parse(host, &p.addr))
		return false;
	unsigned long bits = 8ul * p.addr.len;
	if (text[n] && !parse_number(text + n + 1, bits, &bits))
		return false;
	if (!has_no_host_bits(&p.addr, (unsigned)bits))
		return false;
	p.bits = (uint8_t)bits;
	*out = p;
	return true;
}

const char *prefix_format(const ip_prefix *p, char out[ENDPOINT_STRLEN])
{
	char host[ADDR_STRLEN];

	snprintf(out, ENDPOINT_STRLEN, "%s/%u", ip_format(&p->addr, host), p->bits);
	return out;
}

bool prefix_contains(const ip_prefix *p, const ip_addr *a)
{
	return a->len != 0 && p->addr.len == a->len && p->bits <= 8 * a->len &&
	       has_same_bits(p->addr.b, a->b, p->bits);
}

/* Copies the host part of text; *behind is what follows it: "" or ":PORT". */
static bool split_host(const char *text, char host[ENDPOINT_STRLEN], const char **behind)
{
	const char *start = text, *end;

	if (*text == '[') {
		start = text + 1;
		end = strchr(start, ']');
		*behind = end ? end + 1 : NULL;
		return end && copy_part(host, ENDPOINT_STRLEN, start, (size_t)(end - start)) &&
		       strchr(host, ':');
	}
	end = strchr(start, ':');
	if (!end || strchr(end + 1, ':')) /* two colons and no brackets: a bare IPv6 address */
		end = start + strlen(start);
	*behind = end;
	return copy_part(host, ENDPOINT_STRLEN, start, (size_t)(end - start));
}

static bool parse_scope(char *host, uint32_t *scope)
{
	char *percent = strchr(host, '%');

	if (!percent)
		return true;
	*percent = 0;
	unsigned long number;
	*scope = if_nametoindex(percent + 1);
	if (!*scope && parse_number(percent + 1, UINT16_MAX, &number))
		*scope = (uint32_t)number;
	return *scope != 0;
}

bool endpoint_parse(const char *text, uint16_t default_port, endpoint *out)
{
	char host[ENDPOINT_STRLEN];
	const char *behind;
	endpoint e = { 0 };
	unsigned long port = default_port;

	if (!split_host(text, host, &behind) || !parse_scope(host, &e.scope) ||
	    !ip_parse(host, &e.addr))
		return false;
	if (*behind == ':') {
		if (!parse_number(behind + 1, UINT16_MAX, &port))
			return false;
	} else if (*behind) {
		return false;
	}
	if (port == 0 || (e.scope && !ip_is_link_local6(&e.addr)))
		return false;
	e.port = (uint16_t)port;
	*out = e;
	return true;
}

const char *endpoint_format(const endpoint *e, char out[ENDPOINT_STRLEN])
{
	char host[ADDR_STRLEN], scope[12] = "";

	ip_format(&e->addr, host);
	if (e->scope)
		snprintf(scope, sizeof scope, "%%%u", e->scope);
	if (e->addr.len == 16)
		snprintf(out, ENDPOINT_STRLEN, "[%s%s]:%u", host, scope, e->port);
	else
		snprintf(out, ENDPOINT_STRLEN, "%s:%u", host, e->port);
	return out;
}

bool endpoint_equal(const endpoint *a, const endpoint *b)
{
	return a->port == b->port && a->scope == b->scope && ip_equal(&a->addr, &b->addr);
}

socklen_t endpoint_to_sockaddr(const endpoint *e, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (e->addr.len == 4) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(e->port) };
		memcpy(&in.sin_addr, e->addr.b, 4);
		memcpy(out, &in, sizeof in);
		return sizeof in;
	}
	if (e->addr.len != 16)
		return 0;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(e->port),
				    .sin6_scope_id = e->scope };
	memcpy(&in6.sin6_addr, e->addr.b, 16);
	memcpy(out, &in6, sizeof in6);
	return sizeof in6;
}

static void from_sockaddr6(const struct sockaddr *sa, endpoint *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 2.5.5.2 */
	struct sockaddr_in6 in6;

	memcpy(&in6, sa, sizeof in6);
	const uint8_t *b = in6.sin6_addr.s6_addr;
	bool v4 = memcmp(b, mapped, sizeof mapped) == 0;
	out->addr = v4 ? ip_from_bytes(b + 12, 4) : ip_from_bytes(b, 16);
	out->port = ntohs(in6.sin6_port);
	out->scope = ip_is_link_local6(&out->addr) ? in6.sin6_scope_id : 0;
}

bool endpoint_from_sockaddr(const struct sockaddr *sa, endpoint *out)
{
	memset(out, 0, sizeof *out);
	if (sa->sa_family == AF_INET6) {
		from_sockaddr6(sa, out);
		return true;
	}
	if (sa->sa_family != AF_INET)
		return false;
	struct sockaddr_in in;
	memcpy(&in, sa, sizeof in);
	out->addr = ip_from_bytes((const uint8_t *)&in.sin_addr, 4);
	out->port = ntohs(in.sin_port);
	return true;
}
