/* SPDX-License-Identifier: MIT */
/* carriers.c - tunnels inside HTTP, as the core asks for them: each takes a place among the sockets. */
#include "shell.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void take_mux(carrier_mux *to, const profile_carrier *from)
{
	to->https = from->kind == PATH_HTTPS;
	to->port = from->port;
	memcpy(to->host, from->mux->at.host, sizeof from->mux->at.host);
	memcpy(to->target, from->mux->target, sizeof to->target);
}

bool carriers_init(shell *s, err *e)
{
	profile_carrier list[CLIENT_MUXES];
	unsigned n = profile_carriers(s->profile, list);
	err why = { 0 };
	for (unsigned i = 0; i < n; i++)
		take_mux(&s->muxes[i], &list[i]);
	if (n)
		proxies_wanted(&s->profile->proxy, &s->proxies, &why);
	if (why.kind != ERR_NONE)
		log_warn(&s->log, "%s", why.text);
	if (n)
		s->tls = profile_tls_ctx(s->profile, e);
	return n == 0 || s->tls;
}

void carriers_resolved(shell *s, const resolution *r)
{
	profile_carrier list[CLIENT_MUXES];
	unsigned n = profile_carriers(s->profile, list);
	for (unsigned i = 0; i < n; i++) {
		const resolved_name *found = &r->muxes[list[i].mux - s->profile->muxes];
		carrier_mux *m = &s->muxes[i];
		for (m->n_addresses = 0; m->n_addresses < found->n; m->n_addresses++) {
			m->addresses[m->n_addresses] = found->at[m->n_addresses];
			m->addresses[m->n_addresses].port = m->port;
		}
	}
	for (unsigned i = 0; i < PROXY_NAMES; i++)
		s->proxies_at[i] = r->proxies[i].n ? r->proxies[i].at[0] : (endpoint){ 0 };
}

static_assert((int)CLIENT_WAY >= (int)CARRIER_HINT, "the core remembers what a carrier says");

static void on_up(void *ctx, const carrier_info *i)
{
	shell_sock *k = ctx;
	shell *s = k->owner;
	char to[ENDPOINT_STRLEN], way[CARRIER_HINT];
	k->remote = i->remote;
	k->method = carrier_method_name(i->method);
	snprintf(k->proxy, sizeof k->proxy, "%s", i->proxy ? i->proxy : "");
	snprintf(k->unverified, sizeof k->unverified, "%s", i->unverified ? i->unverified : "");
	log_info(&s->log, "carrier to %s by %s%s%s: %s", s->muxes[k->mux].host,
		 endpoint_format(&i->remote, to), i->proxy ? ", proxy " : "",
		 i->proxy ? i->proxy : "", k->method);
	if (i->unverified)
		log_warn(&s->log,
			 "carrier to %s: its certificate is taken though %s (tls = carrier)",
			 s->muxes[k->mux].host, i->unverified);
	*s->trouble = 0;
	memset(s->troubles, 0, sizeof s->troubles);
	portals_forget(s);
	carrier_hint_put(i, way);
	client_core_carrier_way(s->core, k->name, way);
	client_core_carrier_up(s->core, shell_now(), k->name, &i->remote);
	shell_settle(s);
}

/* The same trouble is said once, until there is another or it is over; of several that of the best carrier
 * is shown. */
static void tell_trouble(shell *s, const shell_sock *k, const char *why)
{
	char text[sizeof s->trouble];
	bool told = false;
	unsigned best = 0;
	snprintf(text, sizeof text, "%s: %s", s->muxes[k->mux].host, why);
	for (unsigned i = 0; i < CLIENT_MUXES; i++)
		told |= strcmp(text, s->troubles[i]) == 0;
	if (!told)
		log_warn(&s->log, "no carrier to %s", text);
	memcpy(s->troubles[k->mux], text, sizeof text);
	while (!*s->troubles[best])
		best++;
	memcpy(s->trouble, s->troubles[best], sizeof text);
}

static void on_credentials(void *ctx, const char *why)
{
	shell_sock *k = ctx;
	tell_trouble(k->owner, k, why);
}

static void on_down(void *ctx, const char *why)
{
	shell_sock *k = ctx;
	shell *s = k->owner;
	bool portal = portals_ask(s, &k->up, &s->muxes[k->mux]);
	if (!portal)
		tell_trouble(s, k, why);
	client_core_carrier_down(s->core, shell_now(), k->name, portal);
	shell_settle(s);
}

static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	shell_sock *k = ctx;
	const dgram_in d = {
		.sock = k->name, .from = k->remote, .local = k->up.local.addr, .p = p, .n = n
	};
	sockets_deliver(k, &d);
}

/* What was received lies in the carrier's buffer. */
static void on_batch_end(void *ctx)
{
	shell_sock *k = ctx;
	shell_settle(k->owner);
}

static bool begin(shell *s, shell_sock *k, err *e)
{
	const carrier_events ev = { .ctx = k,
				    .up = on_up,
				    .down = on_down,
				    .credentials = on_credentials,
				    .datagram = on_datagram,
				    .batch_end = on_batch_end };
	carrier_conf c = {
		.mux = &s->muxes[k->mux], .tls = s->tls, .up = k->up, .direct = true, .log = &s->log
	};
	c.hint = carrier_hint_get(client_core_known_way(s->core, &k->up, k->mux));
	c.n_proxies = proxies_for(&s->proxies, s->proxies_at, c.mux, &k->up, c.proxies);
	k->carrier = c.mux->n_addresses || c.n_proxies ? carrier_open(s->loop, &c, &ev, e) : NULL;
	explicit_bzero(c.proxies, sizeof c.proxies);
	return k->carrier != NULL;
}

bool carriers_open(void *ctx, const uplink *u, unsigned mux, uint32_t *sock)
{
	shell *s = ctx;
	err e = { 0 };
	shell_sock *k = sockets_take(s);
	if (!k)
		return false;
	k->mux = mux;
	k->up = *u;
	if (begin(s, k, &e)) {
		*sock = k->name;
		return true;
	}
	/* A link without a way out (of virtual machines, of another VPN) is nothing to warn of. */
	if (e.kind != ERR_NONE && u->has_default)
		log_warn(&s->log, "carrier to %s: %s", s->muxes[mux].host, e.text);
	*k = (shell_sock){ 0 };
	return false;
}

void carriers_send(shell_sock *k, const dgramq *q)
{
	bool any = false;
	for (uint32_t i = 0; i < q->n_runs; i++) {
		const dgram_run *r = &q->runs[i];
		if (r->route.sock != k->name)
			continue;
		for (uint32_t at = 0; at < r->len; at += r->seg) {
			uint32_t n = r->len - at < r->seg ? r->len - at : r->seg;
			carrier_send(k->carrier, r->route.flow, q->bytes + r->at + at, n);
		}
		any = true;
	}
	if (any)
		carrier_flush(k->carrier);
}

void carriers_free(shell *s)
{
	portals_forget(s);
	tls_ctx_free(s->tls);
	proxies_wipe(&s->proxies);
}
