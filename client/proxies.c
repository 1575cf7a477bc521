/* SPDX-License-Identifier: MIT */
#include "proxies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const uint16_t usual_ports[] = { 3128, 8080 };

/* As curl has them: socks5h is one that looks up names itself, which is always left to it here; socks4a can
 * do what socks4 can. */
static const struct {
	const char *scheme;
	proxy_kind kind;
} schemes[] = {
	{ "http", PROXY_HTTP },     { "socks5", PROXY_SOCKS5 },  { "socks5h", PROXY_SOCKS5 },
	{ "socks4", PROXY_SOCKS4 }, { "socks4a", PROXY_SOCKS4 },
};

static bool is_usable(const url *u)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strcmp(u->scheme, schemes[i].scheme) == 0)
			return true;
	return false;
}

static proxy_kind proxy_kind_of(const url *u)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strcmp(u->scheme, schemes[i].scheme) == 0)
			return schemes[i].kind;
	return PROXY_HTTP;
}

static uint16_t port_of(const url *u)
{
	enum { HTTP_PROXY_PORT = 3128, SOCKS_PORT = 1080 };

	if (u->port)
		return u->port;
	return proxy_kind_of(u) == PROXY_HTTP ? HTTP_PROXY_PORT : SOCKS_PORT;
}

static void set(proxy_list *l, unsigned i, const url *u)
{
	l->has[i] = host_port_parse(u->host, port_of(u), &l->names[i]);
	l->of[i] = *u;
}

/* The small name first: HTTP_PROXY in capitals may come from a request header, where a server set it. */
static const char *find_variable(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* A host and port without a scheme is a web proxy's. */
static bool read_variable(proxy_list *l, unsigned i, const char *name, err *e)
{
	const char *text = find_variable(name);
	char full[2 * URL_USER + URL_HOST + 32];
	err why = { 0 };
	url u;

	if (!text)
		return false;
	snprintf(full, sizeof full, "%s%s", strstr(text, "://") ? "" : "http://", text);
	if (!url_parse(full, &u, &why) || !is_usable(&u)) {
		err_set(e, ERR_CONFIG, "the proxy in the environment variable %s can't be used",
			name);
		explicit_bzero(full, sizeof full);
		explicit_bzero(&u, sizeof u);
		return false;
	}
	set(l, i, &u);
	explicit_bzero(full, sizeof full);
	explicit_bzero(&u, sizeof u);
	return true;
}

static void read_environment(proxy_list *l, err *e)
{
	const char *except = find_variable("no_proxy");

	if (!except)
		except = find_variable("NO_PROXY");
	snprintf(l->no_proxy, sizeof l->no_proxy, "%s", except ? except : "");
	bool any = read_variable(l, PROXY_FOR_HTTPS, "https_proxy", e) ||
		   read_variable(l, PROXY_FOR_HTTPS, "HTTPS_PROXY", e) ||
		   read_variable(l, PROXY_FOR_HTTPS, "all_proxy", e) ||
		   read_variable(l, PROXY_FOR_HTTPS, "ALL_PROXY", e);
	any |= read_variable(l, PROXY_FOR_HTTP, "http_proxy", e) ||
	       read_variable(l, PROXY_FOR_HTTP, "all_proxy", e) ||
	       read_variable(l, PROXY_FOR_HTTP, "ALL_PROXY", e);
	l->guess = !any;
}

void proxies_wanted(const proxy_setting *s, proxy_list *out, err *e)
{
	*out = (proxy_list){ 0 };
	if (s->mode == PROXY_AUTO)
		read_environment(out, e);
	else if (s->mode == PROXY_GIVEN)
		for (unsigned i = 0; i < PROXY_NAMES; i++)
			set(out, i, &s->at);
}

void proxies_wipe(proxy_list *l)
{
	explicit_bzero(l, sizeof *l);
}

/* "example.net" and ".example.net" both stand for the host and for all below it. */
static bool is_covered_host(const char *item, size_t n, const char *host)
{
	size_t len = strlen(host);

	if (n && *item == '.') {
		item++;
		n--;
	}
	return n && len >= n && strncasecmp(host + len - n, item, n) == 0 &&
	       (len == n || host[len - n - 1] == '.');
}

bool proxies_exempt(const proxy_list *l, const char *host)
{
	for (const char *at = l->no_proxy; *at;) {
		size_t n = strcspn(at, ", ");
		if ((n == 1 && *at == '*') || is_covered_host(at, n, host))
			return true;
		at += n;
		at += strspn(at, ", ");
	}
	return false;
}

static void set_name(carrier_proxy *p, const char *host, uint16_t port)
{
	snprintf(p->name, sizeof p->name, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

static void take_named(const url *u, const endpoint *at, carrier_proxy *p)
{
	*p = (carrier_proxy){ .kind = proxy_kind_of(u), .at = *at };
	set_name(p, u->host, at->port);
	memcpy(p->user, u->user, sizeof p->user);
	memcpy(p->password, u->password, sizeof p->password);
}

static unsigned guess_gateway(const uplink *u, carrier_proxy out[CARRIER_PROXIES])
{
	char host[ADDR_STRLEN];
	unsigned n = 0;

	for (unsigned i = 0; u->gateway.len && i < sizeof usual_ports / sizeof usual_ports[0];
	     i++) {
		carrier_proxy *p = &out[n++];
		*p = (carrier_proxy){ .kind = PROXY_HTTP,
				      .at = { .addr = u->gateway, .port = usual_ports[i] } };
		if (ip_is_link_local6(&u->gateway))
			p->at.scope = u->ifindex;
		set_name(p, ip_format(&u->gateway, host), usual_ports[i]);
	}
	return n;
}

unsigned proxies_for(const proxy_list *l, const endpoint at[PROXY_NAMES], const carrier_mux *m,
		     const uplink *u, carrier_proxy out[CARRIER_PROXIES])
{
	unsigned i = m->https ? PROXY_FOR_HTTPS : PROXY_FOR_HTTP;

	if (proxies_exempt(l, m->host))
		return 0;
	if (l->guess)
		return guess_gateway(u, out);
	if (!l->has[i] || at[i].addr.len != u->local.addr.len)
		return 0;
	take_named(&l->of[i], &at[i], &out[0]);
	return 1;
}
