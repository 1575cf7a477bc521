/* SPDX-License-Identifier: MIT */
/* idlecrowd.c - thousands of clients that register with one home server and then do nothing; when home accepted each.
 *
 *   idlecrowd SERVER:PORT CLIENTS FIRST
 *
 * CLIENTS holds one "IDENTITY ADDRESS KEY SPI" a line; client i has care-of address FIRST + i. Each is a whole client
 * core, with its timers; they share one socket. Prints "I MICROSECONDS" on the monotonic clock for every registration
 * of client I that home accepts, until it is ended.
 */
#include "regload_client.h"
#include "regload_net.h"

#include "base/clock.h"
#include "core/client/core.h"
#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX_LEN = 512, WAIT_MS = 20, LINK_MTU = MIP_MAX_MESSAGE + 28, SOCK = 1 };

typedef struct member {
	client_conf conf;
	client_env env;
	ip_addr at;
	client_core *core;
	uint64_t next_ms;
} member;

typedef struct crowd {
	net *net;
	logger log;
	endpoint server;
	dgramq tx;
	join tun;
	struct {
		member *m;
	} * all;
	uint32_t n, first;
} crowd;

static core_time now_is(void)
{
	return (core_time){ .ms = clock_mono_ms(), .ntp = clock_ntp() };
}

/* --- what a client asks of its surroundings --- */

static bool open_path(void *ctx, const uplink *u, uint32_t *sock)
{
	(void)ctx, (void)u;
	*sock = SOCK;
	return true;
}

static void close_path(void *ctx, uint32_t sock)
{
	(void)ctx, (void)sock;
}

static void ignore_tunnel(void *ctx, const client_tunnel *t)
{
	(void)ctx, (void)t;
}

static void ignore_saved(void *ctx, const client_saved *s)
{
	(void)ctx, (void)s;
}

static void ignore_state(void *ctx, client_state s, const char *reason)
{
	(void)ctx, (void)s, (void)reason;
}

/* --- packets --- */

static bool send_one(crowd *c, const member *m, const uint8_t *p, size_t n, err *e)
{
	net_dgram *d = net_slot(c->net);

	if (n > sizeof d->p)
		return true; /* the link is narrower than that */
	if (!d && !net_flush(c->net, e))
		return false;
	d = d ? d : net_slot(c->net);
	d->ours = m->at;
	d->n = n;
	memcpy(d->p, p, n);
	net_commit(c->net);
	return true;
}

/* What the core queued, and its timer. */
static bool settle(crowd *c, member *m, err *e)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < c->tx.n_runs; i++) {
		const dgram_run *r = &c->tx.runs[i];
		for (uint32_t at = 0; ok && at < r->len; at += r->seg)
			ok = send_one(c, m, c->tx.bytes + r->at + at,
				      r->len - at < r->seg ? r->len - at : r->seg, e);
	}
	dgramq_clear(&c->tx);
	join_clear(&c->tun);
	m->next_ms = client_core_next_timer_ms(m->core);
	return ok;
}

static bool is_consent(const net_dgram *d)
{
	return dgram_classify(d->p, d->n) == DGRAM_REPLY && d->p[1] == MIP_ACCEPTED;
}

static bool receive(crowd *c, const net_dgram *in, err *e)
{
	uint8_t octets[MIP_MAX_MESSAGE];
	uint32_t i = in->ours.len == 4 ? load_be32(in->ours.b) - c->first : c->n;
	const dgram_in d = {
		.sock = SOCK, .from = c->server, .local = in->ours, .p = octets, .n = in->n
	};

	if (i >= c->n || in->n > sizeof octets)
		return true;
	memcpy(octets, in->p, in->n);
	client_core_datagram(c->all[i].m->core, now_is(), &d);
	if (is_consent(in))
		printf("%u %llu\n", i, (unsigned long long)clock_mono_us());
	return settle(c, c->all[i].m, e);
}

static bool tick(crowd *c, err *e)
{
	const core_time now = now_is();

	for (uint32_t i = 0; i < c->n; i++) {
		if (c->all[i].m->next_ms > now.ms)
			continue;
		client_core_tick(c->all[i].m->core, now);
		if (!settle(c, c->all[i].m, e))
			return false;
	}
	return net_flush(c->net, e);
}

static bool run(crowd *c, err *e)
{
	for (;;) {
		const net_dgram *in;
		unsigned n = net_receive(c->net, WAIT_MS, &in);
		for (unsigned i = 0; i < n; i++)
			if (!receive(c, &in[i], e))
				return false;
		if (!tick(c, e))
			return false;
		fflush(stdout);
	}
}

/* --- beginning --- */

static bool start(crowd *c, member *m, err *e)
{
	static const client_saved none;
	const uplink u = { .name = "wan0",
			   .ifindex = 1,
			   .local = { m->at, 16 },
			   .has_default = true,
			   .metric = 100,
			   .mtu = LINK_MTU };

	m->env = (client_env){ .ctx = m,
			       .path_open = open_path,
			       .path_close = close_path,
			       .tunnel = ignore_tunnel,
			       .save = ignore_saved,
			       .state = ignore_state };
	m->core = client_core_new(&m->conf, &none, &m->env, &c->log, &c->tx, &c->tun, e);
	if (!m->core)
		return false;
	client_core_uplinks(m->core, now_is(), &u, 1);
	return settle(c, m, e);
}

static member *make_member(const crowd *c, const client *from)
{
	member *m = calloc(1, sizeof *m);
	uint8_t at[4];

	if (!m)
		return NULL;
	store_be32(at, c->first + c->n);
	m->at = ip_from_bytes(at, 4);
	memcpy(m->conf.nai, from->nai, sizeof m->conf.nai);
	memcpy(m->conf.key0, from->keys.key0, sizeof m->conf.key0);
	m->conf.spi = from->pseudonym;
	m->conf.home4 = from->home4;
	m->conf.homes[0] = c->server;
	m->conf.n_homes = 1;
	m->conf.lifetime_s = 600;
	m->conf.policy = sa_policy_default();
	return m;
}

static bool add(crowd *c, const char *line, err *e)
{
	client from = { 0 };
	void *more = reallocarray(c->all, c->n + 1, sizeof c->all[0]);

	if (more)
		c->all = more;
	if (!more || !client_parse(&from, line) || !(c->all[c->n].m = make_member(c, &from)))
		return err_set(e, ERR_USAGE,
			       "client %u: not IDENTITY ADDRESS KEY SPI, or no memory", c->n + 1);
	return start(c, c->all[c->n++].m, e);
}

static bool add_all(crowd *c, const char *path, err *e)
{
	char line[LINE_MAX_LEN];
	bool ok = true;
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(e, ERR_USAGE, "%s: can't be read", path);
	while (ok && fgets(line, sizeof line, f))
		ok = add(c, line, e);
	fclose(f);
	return ok && net_flush(c->net, e);
}

int main(int argc, char **argv)
{
	crowd c = { 0 };
	ip_addr first;
	err e = { 0 };

	if (argc != 4 || !endpoint_parse(argv[1], 0, &c.server) || !ip_parse(argv[3], &first) ||
	    first.len != 4) {
		fprintf(stderr, "usage: idlecrowd SERVER:PORT CLIENTS FIRST\n");
		return 2;
	}
	c.first = load_be32(first.b);
	if (!dgramq_init(&c.tx) || !join_init(&c.tun, false))
		return 1;
	c.net = net_open(&c.server, MIP_ESP_PORT, &e);
	if (!c.net || !add_all(&c, argv[2], &e) || !run(&c, &e))
		fprintf(stderr, "idlecrowd: %s\n", e.text);
	return 1;
}
