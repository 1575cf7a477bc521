/* SPDX-License-Identifier: MIT */
#include "carriers.h"
#include "io/net/now.h"
#include "profile_paths.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct path_carrier {
	carriers *owner;
	uint32_t name;
	bool muted;
	carrier *carrier;
	unsigned mux; /* in carriers.muxes */
	uplink up;
	core_time now; /* when the batch that is being received began; ntp 0: between batches */
	endpoint remote;
	const char *method; /* NULL: not up yet */
	char proxy[URL_HOST + 8];
	char unverified[96];
} path_carrier;

static_assert((int)CLIENT_HINT >= (int)CARRIER_HINT, "the core keeps a carrier's hint");

static const carrier_mux *mux_of(const path_carrier *k)
{
	return &k->owner->muxes[k->mux];
}

static void log_up(const path_carrier *k)
{
	char to[ENDPOINT_STRLEN];

	log_info(k->owner->log, "carrier to %s by %s%s%s: %s", mux_of(k)->host,
		 endpoint_format(&k->remote, to), *k->proxy ? ", proxy " : "", k->proxy, k->method);
	if (*k->unverified)
		log_warn(k->owner->log,
			 "carrier to %s: its certificate is accepted although %s (tls = carrier)",
			 mux_of(k)->host, k->unverified);
}

static void on_up(void *ctx, const carrier_info *i)
{
	path_carrier *k = ctx;
	carriers *c = k->owner;
	client_core *core = c->data->core;
	char hint[CARRIER_HINT];

	k->remote = i->remote;
	k->method = carrier_method_name(i->method);
	snprintf(k->proxy, sizeof k->proxy, "%s", i->proxy ? i->proxy : "");
	snprintf(k->unverified, sizeof k->unverified, "%s", i->unverified ? i->unverified : "");
	log_up(k);
	carrier_trouble_clear(&c->trouble);
	portals_forget(&c->portals);
	carrier_hint_put(i->method, i->proxy, hint);
	client_core_carrier_hint(core, k->name, hint);
	client_core_carrier_up(core, io_now(), k->name, &i->remote);
}

static void on_credentials(void *ctx, const char *why)
{
	path_carrier *k = ctx;

	carrier_trouble_note(&k->owner->trouble, k->mux, mux_of(k)->host, why, k->owner->log);
}

static void on_down(void *ctx, const char *why)
{
	path_carrier *k = ctx;
	carriers *c = k->owner;
	bool portal = portals_ask(&c->portals, &k->up, mux_of(k));

	if (!portal)
		carrier_trouble_note(&c->trouble, k->mux, mux_of(k)->host, why, c->log);
	client_core_carrier_down(c->data->core, io_now(), k->name, portal);
}

static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	path_carrier *k = ctx;
	const dgram_in d = {
		.sock = k->name, .from = k->remote, .local = k->up.local.addr, .p = p, .n = n
	};

	if (!k->now.ntp)
		k->now = io_now();
	if (!k->muted)
		datapath_deliver(k->owner->data, k->now, &d);
}

/* What was received lies in the carrier's buffer until here. */
static void on_batch_end(void *ctx)
{
	path_carrier *k = ctx;

	k->now = (core_time){ 0 };
	datapath_flush(k->owner->data);
}

static int send_runs(void *ctx, uint32_t name, const dgramq *q)
{
	path_carrier *k = ctx;

	if (k->muted)
		return 0;
	for (uint32_t i = 0; i < q->n_runs; i++) {
		const dgram_run *r = &q->runs[i];

		if (r->route.sock != name)
			continue;
		for (uint32_t at = 0; at < r->len; at += r->seg) {
			uint32_t n = r->len - at < r->seg ? r->len - at : r->seg;

			carrier_send(k->carrier, r->route.flow, q->bytes + r->at + at, n);
		}
	}
	carrier_flush(k->carrier);
	return 0;
}

static void mute(void *ctx)
{
	path_carrier *k = ctx;

	k->muted = true;
}

static void close_carrier(void *ctx)
{
	path_carrier *k = ctx;

	carrier_close(k->carrier);
	free(k);
}

static const socket_kind carrier_kind = { send_runs, mute, close_carrier };

/* False with *e empty: there is no address to go to. */
static bool begin(path_carrier *k, err *e)
{
	carriers *c = k->owner;
	const carrier_events ev = { .ctx = k,
				    .log = c->log,
				    .up = on_up,
				    .down = on_down,
				    .credentials = on_credentials,
				    .datagram = on_datagram,
				    .batch_end = on_batch_end };
	carrier_conf conf = { .mux = mux_of(k), .up = k->up, .direct = true };

	conf.hint = carrier_hint_get(client_core_known_hint(c->data->core, &k->up, k->mux));
	conf.n_proxies = proxies_for(&c->proxies, c->proxies_at, conf.mux, &k->up, conf.proxies);
	if (conf.mux->n_addresses || conf.n_proxies)
		k->carrier = carrier_open(c->loop, &conf, c->tls, &ev, e);
	explicit_bzero(conf.proxies, sizeof conf.proxies);
	return k->carrier != NULL;
}

uint32_t carriers_open(carriers *c, const uplink *u, unsigned mux)
{
	err e = { 0 };
	path_carrier *k = calloc(1, sizeof *k);

	if (!k)
		return 0;
	*k = (path_carrier){ .owner = c, .mux = mux, .up = *u };
	if (begin(k, &e)) {
		k->name = sockets_add(c->sockets, &carrier_kind, k);
		if (k->name)
			return k->name;
	}
	/* A link without a default route (of virtual machines, of another VPN) is nothing to warn of. */
	if (e.kind != ERR_NONE && u->has_default)
		log_warn(c->log, "carrier to %s: %s", mux_of(k)->host, e.text);
	close_carrier(k);
	return 0;
}

carrier_detail carriers_describe(const carriers *c, uint32_t sock)
{
	const path_carrier *k = sockets_find(c->sockets, sock, &carrier_kind);

	if (!k || !k->method)
		return (carrier_detail){ 0 };
	return (carrier_detail){ .proxy = *k->proxy ? k->proxy : NULL,
				 .method = k->method,
				 .unverified = *k->unverified ? k->unverified : NULL };
}

bool carriers_trouble(const carriers *c, char out[CARRIER_TROUBLE_TEXT])
{
	if (c->portals.found)
		snprintf(out, CARRIER_TROUBLE_TEXT, "captive portal at %s", c->portals.where);
	else
		snprintf(out, CARRIER_TROUBLE_TEXT, "%s", carrier_trouble_text(&c->trouble));
	return *out;
}

void carriers_resolved(carriers *c, const resolution *r)
{
	profile_carrier list[CLIENT_MUXES];
	unsigned n = profile_carriers(c->profile, list);

	for (unsigned i = 0; i < n; i++) {
		const resolved_name *found = &r->muxes[list[i].mux - c->profile->muxes];
		carrier_mux *m = &c->muxes[i];

		for (m->n_addresses = 0; m->n_addresses < found->n; m->n_addresses++) {
			m->addresses[m->n_addresses] = found->at[m->n_addresses];
			m->addresses[m->n_addresses].port = m->port;
		}
	}
	for (unsigned i = 0; i < PROXY_NAMES; i++)
		c->proxies_at[i] = r->proxies[i].n ? r->proxies[i].at[0] : (endpoint){ 0 };
}

static void take_mux(carrier_mux *to, const profile_carrier *from)
{
	to->https = from->kind == PATH_HTTPS;
	to->port = from->port;
	memcpy(to->host, from->mux->at.host, sizeof from->mux->at.host);
	memcpy(to->target, from->mux->target, sizeof to->target);
}

bool carriers_init(carriers *c, io_loop *l, const profile *p, const logger *log, err *e)
{
	profile_carrier list[CLIENT_MUXES];
	unsigned n = profile_carriers(p, list);
	err why = { 0 };

	*c = (carriers){
		.profile = p, .log = log, .loop = l, .portals = { .loop = l, .log = log }
	};
	if (n == 0)
		return true;
	for (unsigned i = 0; i < n; i++)
		take_mux(&c->muxes[i], &list[i]);
	proxies_wanted(&p->proxy, &c->proxies, &why);
	if (why.kind != ERR_NONE)
		log_warn(log, "%s", why.text);
	c->tls = profile_tls_ctx(p, e);
	return c->tls != NULL;
}

void carriers_start(carriers *c, sockets *s, datapath *d)
{
	c->sockets = s;
	c->data = d;
}

void carriers_free(carriers *c)
{
	portals_forget(&c->portals);
	tls_ctx_free(c->tls);
	proxies_wipe(&c->proxies);
}
