/* SPDX-License-Identifier: MIT */
/* client_kit.h - a client's machine whose surroundings are counters, and the home's end of one association with
 * it: tests open what the machine sends, and seal what it receives. */
#ifndef HW_TESTS_CLIENT_KIT_H
#define HW_TESTS_CLIENT_KIT_H

#include "core/client/private.h"
#include "unit.h"

typedef struct kit {
	client_conf conf;
	client_env env;
	client_core *c;
	dgramq tx;
	join tun;
	uint32_t n_socks;
	unsigned n_carriers, n_closed, n_saves, last_mux;
	bool no_sockets; /* path_open() and carrier_open() fail */
	client_saved saved;
	client_state state;
	esp_sa *from_client, *to_client; /* home's end */
	uint8_t buf[2048];
} kit;

static const core_time start_time = { 5000, 0xe8000000ull << 32 };

static inline core_time after(uint64_t ms)
{
	uint64_t fraction = ((ms % 1000) << 32) / 1000;

	return (core_time){ start_time.ms + ms, start_time.ntp + ((ms / 1000) << 32) + fraction };
}

static inline bool kit_path_open(void *ctx, const uplink *u, uint32_t *sock)
{
	kit *k = ctx;

	(void)u;
	*sock = ++k->n_socks;
	return !k->no_sockets;
}

static inline bool kit_carrier_open(void *ctx, const uplink *u, unsigned mux, uint32_t *sock)
{
	kit *k = ctx;

	k->n_carriers++;
	k->last_mux = mux;
	return kit_path_open(ctx, u, sock);
}

static inline void kit_path_close(void *ctx, uint32_t sock)
{
	(void)sock;
	((kit *)ctx)->n_closed++;
}

static inline void kit_tunnel(void *ctx, const client_tunnel *t)
{
	(void)ctx, (void)t;
}

static inline void kit_save(void *ctx, const client_saved *s)
{
	((kit *)ctx)->saved = *s;
	((kit *)ctx)->n_saves++;
}

static inline void kit_state(void *ctx, client_state s, const char *reason)
{
	(void)reason;
	((kit *)ctx)->state = s;
}

/* conf may be changed between the two. */
static inline void kit_prepare(kit *k)
{
	*k = (kit){ 0 };
	strcpy(k->conf.nai, "alice@example.net");
	memset(k->conf.key0, 7, KEY0_LEN);
	k->conf.spi = 0x2a2b3c4d;
	k->conf.home4 = ip4(192, 168, 50, 101);
	k->conf.homes[0] = (endpoint){ .addr = ip4(203, 0, 113, 2), .port = 4500 };
	k->conf.n_homes = 1;
	k->conf.lifetime_s = 600;
	k->conf.policy = sa_policy_default();
	k->saved.clock = (ident_clock){ .home_ntp = start_time.ntp, .at_ms = start_time.ms };
	assert_true(dgramq_init(&k->tx) && join_init(&k->tun, false));
	k->env = (client_env){ .ctx = k,
			       .path_open = kit_path_open,
			       .path_close = kit_path_close,
			       .carrier_open = kit_carrier_open,
			       .tunnel = kit_tunnel,
			       .save = kit_save,
			       .state = kit_state };
}

static inline void kit_make(kit *k)
{
	static const logger silent;
	err e = { 0 };

	k->c = client_core_new(&k->conf, &k->saved, &k->env, &silent, &k->tx, &k->tun, &e);
	assert_non_null(k->c);
}

static inline void kit_start(kit *k)
{
	kit_prepare(k);
	kit_make(k);
}

static inline void kit_end(kit *k)
{
	client_core_free(k->c);
	dgramq_free(&k->tx);
	join_free(&k->tun);
	esp_sa_free(k->from_client);
	esp_sa_free(k->to_client);
}

static inline uplink uplink_at(uint32_t ifindex, const char *name, uint8_t net)
{
	uplink u = { .ifindex = ifindex, .has_default = true, .mtu = 1500, .has_mac = true };

	strcpy(u.name, name);
	u.local = (ip_prefix){ ip4(10, net, 0, 10), 24 };
	u.gateway = ip4(10, net, 0, 1);
	memset(u.mac, 0xab, sizeof u.mac);
	return u;
}

static inline uplink cafe(void)
{
	return uplink_at(2, "wan0", 1);
}

static inline client_path *kit_plug(kit *k, const uplink *u, size_t n)
{
	client_core_uplinks(k->c, start_time, u, n);
	return k->c->paths.active;
}

/* An association as a registration at that time would bring it; spi_out is spi_in + 1. */
static inline sa_pair *kit_associate(kit *k, core_time now, uint32_t spi_in, uint32_t lifetime_s)
{
	sa_keys keys;
	const sa_choice choice = { .cipher = ESP_AES_128_GCM,
				   .lifetime_s = lifetime_s,
				   .peer_spi = spi_in + 1 };
	const esp_params from = { ESP_AES_128_GCM, ESP_IN, true, spi_in + 1, keys.to_home };
	const esp_params to = { ESP_AES_128_GCM, ESP_OUT, true, spi_in, keys.to_client };

	memset(&keys, (int)(spi_in & 0xff), sizeof keys);
	assert_true(client_associations_install(&k->c->associations, now, &keys, &choice, spi_in));
	esp_sa_free(k->from_client);
	esp_sa_free(k->to_client);
	k->from_client = esp_sa_new(&from, NULL);
	k->to_client = esp_sa_new(&to, NULL);
	assert_true(k->from_client && k->to_client);
	return client_associations_find(&k->c->associations, spi_in);
}

/* What home sends on the newest association, to that path. */
static inline void kit_deliver(kit *k, core_time now, const client_path *p, uint8_t next_header,
			       const void *inner, size_t n)
{
	dgram_in d = { .sock = p->sock, .from = p->remote, .p = k->buf };

	memcpy(k->buf + ESP_PAYLOAD_AT, inner, n);
	d.n = esp_seal(k->to_client, k->buf, n, next_header);
	assert_true(d.n > 0);
	client_core_datagram(k->c, now, &d);
}

/* Calls seen() for each datagram that was queued and opens under the newest association; empties the queue. */
typedef void kit_seen(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n);
static inline unsigned kit_collect(kit *k, core_time now, kit_seen *seen)
{
	static uint8_t copies[64][2048];
	static size_t len[64];
	static uint32_t sock[64];
	unsigned n = 0, opened = 0;

	for (uint32_t i = 0; i < k->tx.n_runs; i++) {
		const dgram_run *r = &k->tx.runs[i];
		for (uint32_t at = 0; at < r->len && n < 64; at += r->seg, n++) {
			len[n] = r->len - at < r->seg ? r->len - at : r->seg;
			sock[n] = r->route.sock;
			memcpy(copies[n], k->tx.bytes + r->at + at, len[n]);
		}
	}
	dgramq_clear(&k->tx);
	for (unsigned i = 0; i < n; i++) {
		const client_path *p = client_paths_by_sock(&k->c->paths, sock[i]);
		esp_opened o;
		if (!p || esp_open(k->from_client, copies[i], len[i], &o) != ESP_OK)
			continue;
		opened++;
		if (seen)
			seen(k, now, p, &o, len[i]);
	}
	return opened;
}

static inline void kit_answer_echo(kit *k, core_time now, const client_path *p, const esp_opened *o,
				   size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);
	uint8_t reply[CTL_LEN];
	wire_wr w = wire_writer(reply, sizeof reply);
	ctl_msg m;

	(void)n;
	if (o->next_header != ESP_NEXT_CTL || !ctl_get(&r, &m) || m.kind != CTL_ECHO)
		return;
	m.kind = CTL_ECHO_REPLY;
	ctl_put(&w, &m, 0);
	kit_deliver(k, now, p, ESP_NEXT_CTL, reply, sizeof reply);
}

/* Ticks as the shell would, a millisecond at a time; seen() may answer. */
static inline void kit_run(kit *k, uint64_t from_ms, uint64_t to_ms, kit_seen *seen)
{
	for (uint64_t ms = from_ms; ms <= to_ms; ms++) {
		if (client_core_next_timer_ms(k->c) <= after(ms).ms)
			client_core_tick(k->c, after(ms));
		kit_collect(k, after(ms), seen);
	}
}

/* A path in use with a confirmed association. */
static inline client_path *kit_up(kit *k)
{
	const uplink u = cafe();

	kit_start(k);
	client_path *p = kit_plug(k, &u, 1);
	kit_associate(k, start_time, 0x1000, 3600);
	dgramq_clear(&k->tx);
	client_core_tick(k->c, start_time);
	client_echo_send(&k->c->echoes, start_time, p, 0, 0);
	kit_collect(k, after(0), kit_answer_echo);
	assert_non_null(k->c->associations.set.live);
	return p;
}

#endif
