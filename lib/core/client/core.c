/* SPDX-License-Identifier: MIT */
/* core.c - the client's life and where what comes in goes. */
#include "core/client/priv.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>

uint64_t client_us(core_time now)
{
	return (now.ntp >> 32) * 1000000u + (((now.ntp & 0xffffffffu) * 1000000u) >> 32);
}

/* Microseconds from the real time, unless it was set in between: then from the monotonic clock. */
uint32_t client_since_us(core_time now, uint64_t then_ms, uint64_t then_us)
{
	uint64_t coarse = (now.ms - then_ms) * 1000, fine = client_us(now) - then_us;
	uint64_t apart = fine > coarse ? fine - coarse : coarse - fine;
	uint64_t us = apart > 2000 ? coarse : fine;
	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

uint32_t client_random(void)
{
	uint32_t v = 0;
	RAND_bytes((uint8_t *)&v, sizeof v);
	return v;
}

uint64_t client_jitter(uint64_t ms)
{
	return ms * (80 + client_random() % 41) / 100;
}

static void init_times(client_core *c)
{
	c->lost_ms = c->spare_ms = c->confirm_ms = c->moving_ms = NEVER;
	c->reg.timer_ms = c->reg.until_ms = c->reg.dh_until_ms = NEVER;
}

static void init_knowledge(client_core *c, const client_conf *conf)
{
	memcpy(c->homes, conf->homes, sizeof c->homes);
	c->n_homes = conf->n_homes;
	c->home4 = conf->home4;
	c->home6 = conf->home6;
	c->home_lan = conf->home_lan;
	c->network4 = conf->network4;
	c->network6 = conf->network6;
	c->reg.group = conf->policy.groups[0];
	client_agents_init(c);
}

client_core *client_core_new(const client_conf *conf, const client_saved *s, const client_env *env,
			     const logger *log, dgramq *tx, join *tun, err *e)
{
	client_core *c = calloc(1, sizeof *c);
	if (!c) {
		err_sys(e, ENOMEM, "client");
		return NULL;
	}
	c->conf = conf;
	c->env = env;
	c->log = log;
	c->tx = tx;
	c->tun = tun;
	c->saved = *s;
	c->ident.offset_s = s->clock_offset_s;
	init_times(c);
	init_knowledge(c, conf);
	if (key0_set_derive(conf->key0, &c->keys))
		return c;
	err_set(e, ERR_CRYPTO, "keys cannot be derived");
	client_core_free(c);
	return NULL;
}

void client_core_free(client_core *c)
{
	if (!c)
		return;
	client_paths_close(c);
	client_sa_drop_all(c);
	client_attempt_end(c);
	key0_set_wipe(&c->keys);
	OPENSSL_cleanse(c, sizeof *c);
	free(c);
}

void client_core_datagram(client_core *c, core_time now, const dgram_in *d)
{
	client_path *p = client_path_by_sock(c, d->sock);
	if (!p)
		return; /* a path that went while this was under way */
	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		client_esp(c, now, p, d);
		return; /* no change of state but by what it calls */
	case DGRAM_REPLY:
		client_reply(c, now, p, d);
		break;
	case DGRAM_OWN:
		client_hint(c, now, p, d);
		break;
	default:
		return;
	}
	client_tell(c, now);
}

void client_core_homes(client_core *c, core_time now, const endpoint *homes, unsigned n)
{
	n = n < CLIENT_HOMES ? n : CLIENT_HOMES;
	bool same = n == c->n_homes;
	for (unsigned i = 0; same && i < n; i++)
		same = endpoint_equal(&homes[i], &c->homes[i]);
	if (same || n == 0)
		return;
	memcpy(c->homes, homes, n * sizeof *homes);
	c->n_homes = n;
	uplink now_there[UPLINK_MAX];
	size_t n_there = c->n_uplinks;
	memcpy(now_there, c->uplinks, sizeof now_there);
	client_core_uplinks(c, now, now_there, n_there); /* paths of a family that had no address */
	client_core_roam(c, now);
}

static bool path_is_gone(int e)
{
	return e == ENETUNREACH || e == EHOSTUNREACH || e == ENETDOWN || e == ENODEV ||
	       e == EADDRNOTAVAIL || e == EHOSTDOWN;
}

void client_core_send_failed(client_core *c, core_time now, uint32_t sock, int errno_value)
{
	client_path *p = client_path_by_sock(c, sock);
	if (!p)
		return;
	if (errno_value == EMSGSIZE)
		client_mtu_too_long(c, now, p);
	else if (path_is_gone(errno_value) && !p->failed)
		client_live_failed(c, now, p);
	client_tell(c, now);
}

void client_core_roam(client_core *c, core_time now)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		c->paths[i].failures = 0;
		c->paths[i].not_before_ms = 0;
		c->paths[i].check = CHECK_NONE;
	}
	client_carriers_reset(c);
	for (size_t i = 0; i < c->n_uplinks; i++)
		client_agents_solicit(c, &c->uplinks[i]);
	client_home_look(c, now);
	client_paths_choose(c, now);
	client_paths_try(c, now);
	if (c->reg.state != REG_HOME)
		client_reg_go(c, now, c->cur == NULL);
	client_tell(c, now);
}

void client_core_stop(client_core *c, core_time now)
{
	client_reg_event(c, now, EV_STOP, &(reg_input){ 0 });
	client_tell(c, now);
}

void client_core_tick(client_core *c, core_time now)
{
	client_sa_tick(c, now);
	client_agents_tick(c, now);
	client_relay_tick(c, now);
	client_home_tick(c, now);
	client_carriers_tick(c, now);
	client_paths_tick(c, now);
	client_live_tick(c, now);
	client_reg_tick(c, now);
	client_mtu_tick(c, now);
	client_tell(c, now);
}

enum { HOLD_MS = 1000 }; /* how long packets wait in the TUN for a network; then they are dropped */

bool client_core_wants_packets(const client_core *c, core_time now)
{
	return c->lost_ms == NEVER || c->reg.state == REG_HOME || now.ms >= c->lost_ms + HOLD_MS;
}

uint64_t client_core_due_ms(const client_core *c)
{
	uint64_t due = min_u64(client_reg_due(c), client_sa_due(c));
	due = min_u64(due, min_u64(client_live_due(c), client_mtu_due(c)));
	due = min_u64(due, min_u64(client_paths_due(c), client_home_due(c)));
	due = min_u64(due, min_u64(client_agents_due(c), client_relay_due(c)));
	return min_u64(due, client_carriers_due(c));
}
