/* SPDX-License-Identifier: MIT */
/* profile.c - writing a client's profile. */
#include "profile.h"
#include "names.h"

#include "base/file.h"
#include "proto/mip.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct text {
	char buf[32768]; /* more than the longest names of all servers and relays, and CA_MAX */
	size_t n;
} text;

static void put(text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(t->buf + t->n, sizeof t->buf - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n += (size_t)n < sizeof t->buf - t->n ? (size_t)n : sizeof t->buf - t->n - 1;
}

static void put_address(text *t, const char *key, const ip_addr *a)
{
	char s[ADDR_STRLEN];

	if (a->len)
		put(t, "%s = %s\n", key, ip_format(a, s));
}

static void put_networks(text *t, const server_conf *c)
{
	char n4[ENDPOINT_STRLEN], n6[ENDPOINT_STRLEN];
	bool both = c->network4.addr.len && c->network6.addr.len;

	put(t, "network = %s%s%s\n", c->network4.addr.len ? prefix_format(&c->network4, n4) : "",
	    both ? ", " : "", c->network6.addr.len ? prefix_format(&c->network6, n6) : "");
}

/* Without the port when that is the one clients take by themselves. */
static void put_where(text *t, const char *public)
{
	static const char usual[] = ":4500";
	char s[ADDR_STRLEN];
	endpoint ep;
	size_t n = strlen(public);

	if (endpoint_parse(public, MIP_ESP_PORT, &ep) && ep.port == MIP_ESP_PORT) {
		put(t, "%s", ip_format(&ep.addr, s));
		return;
	}
	if (n >= sizeof usual && strcmp(public + n - (sizeof usual - 1), usual) == 0)
		n -= sizeof usual - 1;
	put(t, "%.*s", (int)n, public);
}

/* ADDRESS[:PORT] NAME: with the name a client can derive its key for the relay at once. As many as a
 * client takes. */
static void put_relays(text *t, const server_conf *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n_relays && n < REG_RELAYS; i++) {
		if (!c->relays[i].public)
			continue;
		put(t, "relay = ");
		put_where(t, c->relays[i].public);
		put(t, " %s\n", c->relays[i].name);
		n++;
	}
}

static void put_home(text *t, const server_conf *c)
{
	ip_addr lan = { 0 };

	for (unsigned i = 0; i < c->n_publics; i++)
		put(t, "home = %s\n", c->publics[i]);
	if (c->lan && (names_own_within(c->lan, &c->network4, &lan) ||
		       names_own_within(c->lan, &c->network6, &lan)))
		put_address(t, "home_lan", &lan);
}

/* The certificates inline, so that the profile stays one file. */
static bool put_ca(text *t, const char *file, err *e)
{
	enum { CA_MAX = 16384 };
	char *pem, *at;
	size_t n;

	if (!file_read(file, CA_MAX, &pem, &n, e))
		return false;
	at = strstr(pem, "-----BEGIN CERTIFICATE-----");
	if (!at)
		err_set(e, ERR_CONFIG, "mux_ca: %s holds no certificate in PEM", file);
	else
		put(t, "mux_ca =");
	for (const char *line = at ? strtok(at, "\r\n") : NULL; line; line = strtok(NULL, "\r\n"))
		put(t, "%s%s\n", line == at ? " " : "    ", line);
	free(pem);
	return at != NULL;
}

static bool put_muxes(text *t, const server_conf *c, err *e)
{
	for (unsigned i = 0; i < c->n_muxes; i++)
		put(t, "mux = %s\n", c->muxes[i]);
	return !c->n_muxes || !c->mux_ca || put_ca(t, c->mux_ca, e);
}

static bool fill(text *t, const server_conf *c, const client_record *r, err *e)
{
	char key[2 * KEY0_LEN + 1];

	hex_encode(r->conf.key0, KEY0_LEN, key);
	put(t,
	    "# %s: all that this client needs. Anybody who has it can be this client: keep it "
	    "secret.\n"
	    "# homeward up FILE\n\n[client]\nidentity = %s\n",
	    r->conf.nai, r->conf.nai);
	put_address(t, "address", &r->conf.home4);
	put_address(t, r->conf.home4.len ? "address6" : "address", &r->conf.home6);
	put_networks(t, c);
	put(t, "key = %s\nspi = 0x%08x\n", key, r->conf.spi);
	put_home(t, c);
	put_relays(t, c);
	explicit_bzero(key, sizeof key);
	return put_muxes(t, c, e);
}

/* A profile of the same identity is one whose `add` died, or whose client was removed: it is worthless. */
static bool may_replace(const char *path, const char *nai, err *e)
{
	char line[NAI_MAX + 32], *old;
	size_t n;

	if (access(path, F_OK) != 0)
		return true;
	snprintf(line, sizeof line, "identity = %s\n", nai);
	bool same = file_read(path, 65536, &old, &n, NULL);
	if (same) {
		same = strstr(old, line) != NULL;
		explicit_bzero(old, n);
		free(old);
	}
	return same || err_set(e, ERR_USAGE,
			       "%s exists and is not a profile of %s: move it away, or "
			       "name another file with -o",
			       path, nai);
}

bool profile_write(const server_conf *c, const client_record *r, const char *path, err *e)
{
	text t = { .n = 0 };

	if (!may_replace(path, r->conf.nai, e))
		return false;
	bool ok = fill(&t, c, r, e) && file_write_atomic(path, 0600, t.buf, t.n, e);
	explicit_bzero(&t, sizeof t);
	return ok;
}
