/* SPDX-License-Identifier: MIT */
/* world.c - the two cores and their surroundings. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

unsigned world_random(world *w, unsigned n)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(w->seed >> 33) % n;
}

bool world_open_sock(world *w, const uplink *u, unsigned mux, uint32_t *sock)
{
	for (int i = 0; i < SITES; i++) {
		if (!w->sites[i].plugged || !ip_equal(&w->sites[i].local, &u->local.addr))
			continue;
		assert_true(w->n_socks < SIM_SOCKS * 100u);
		*sock = ++w->n_socks;
		w->socks[*sock % SIM_SOCKS].site = i;
		w->socks[*sock % SIM_SOCKS].opened = *sock;
		w->socks[*sock % SIM_SOCKS].mux = mux;
		w->socks[*sock % SIM_SOCKS].up = false;
		w->socks[*sock % SIM_SOCKS].at_us = UINT64_MAX;
		return true;
	}
	return false;
}

static bool path_open(void *ctx, const uplink *u, uint32_t *sock)
{
	return world_open_sock(ctx, u, 0, sock);
}

static void path_close(void *ctx, uint32_t sock)
{
	world *w = ctx;

	w->socks[sock % SIM_SOCKS].site = -1;
}

static void on_tunnel(void *ctx, const client_tunnel *t)
{
	((world *)ctx)->tunnel = *t;
}

static void on_save(void *ctx, const client_saved *s)
{
	((world *)ctx)->saved_client = *s;
}

static void on_state(void *ctx, client_state s, const char *reason)
{
	world *w = ctx;

	w->state = s;
	snprintf(w->reason, sizeof w->reason, "%s", reason);
}

static void on_attract(void *ctx, const ip_addr *address, bool away)
{
	(void)address;
	((world *)ctx)->attracted = away;
}

static void log_to_stdout(void *ctx, log_level level, const char *text)
{
	const world *w = ctx;

	printf("%9.3f %d %s\n", (double)w->us / 1000.0, level, text);
}

static void make_conf(world *w)
{
	prefix_parse("192.168.50.0/24", &w->hconf.network4);
	w->hconf.home_lan4 = ip4(192, 168, 50, 2);
	w->hconf.lan_ifindex = HOME_LAN_IFINDEX;
	w->hconf.agents[0] = ip4(203, 0, 113, 2);
	w->hconf.agents[1] = ip4(192, 168, 50, 2);
	w->hconf.n_agents = 2;
	w->hconf.lifetime_max_s = 3600;
	w->hconf.lifetime_min_s = 10;
	w->hconf.keepalive_s = 20;
	w->hconf.max_clients = 10;
	w->hconf.link_mtu = 1500;
	w->hconf.policy = sa_policy_default();
	w->hconf.policy.lifetime_s = 3600;

	w->account.spi = w->cconf.spi = 0x2a2b3c4d;
	strcpy(w->account.nai, "alice@example.net");
	strcpy(w->cconf.nai, "alice@example.net");
	memset(w->account.key0, 0x5a, KEY0_LEN);
	memset(w->cconf.key0, 0x5a, KEY0_LEN);
	w->account.id[0] = 1;
	w->account.home4 = w->cconf.home4 = ip4(192, 168, 50, 101);
	w->cconf.network4 = w->hconf.network4;
	w->cconf.home_lan = ip4(192, 168, 50, 2);
	w->cconf.homes[0] = (endpoint){ .addr = ip4(203, 0, 113, 2), .port = 4500 };
	w->cconf.n_homes = 1;
	w->cconf.lifetime_s = SIM_LIFETIME_S;
	w->cconf.policy = sa_policy_default();
	w->cconf.policy.lifetime_s = 3600;
}

static void make_sites(world *w)
{
	static const struct {
		uint8_t local[4], gateway[4], seen[4];
	} made[] = {
		{ { 198, 51, 100, 10 }, { 198, 51, 100, 1 }, { 0 } },
		{ { 10, 1, 0, 10 }, { 10, 1, 0, 1 }, { 203, 0, 113, 18 } },
		{ { 10, 5, 0, 10 }, { 10, 5, 0, 1 }, { 203, 0, 113, 22 } },
		{ { 192, 168, 50, 61 }, { 192, 168, 50, 2 }, { 0 } },
	};

	for (size_t i = 0; i < COUNT(made); i++) {
		site *s = &w->sites[i];
		s->local = ip_from_bytes(made[i].local, 4);
		s->gateway = ip_from_bytes(made[i].gateway, 4);
		if (made[i].seen[0])
			s->seen = ip_from_bytes(made[i].seen, 4);
		s->bits = 24;
		s->nat_port = (uint16_t)(20000 + 1000 * i);
		s->metric = 100 + 100 * (uint32_t)i;
		s->mtu = 1500;
		s->delay_us = 20000;
	}
	w->sites[3].home_link = true;
	w->sites[3].delay_us = 200;
}

static void start_home(world *w)
{
	const home_env env = { .ctx = w,
			       .attract = on_attract,
			       .request = world_request_save,
			       .remember = world_remember_place };
	err e = { 0 };

	w->home = home_core_new(&w->hconf, &env, &w->log, &w->htx, &w->htun, &e);
	assert_non_null(w->home);
	assert_true(home_core_client_put(w->home, &w->account,
					 w->has_saved_home ? &w->saved_home : NULL, &e));
}

world *world_new(void)
{
	return world_with(NULL);
}

world *world_with(void (*adjust)(world *w))
{
	world *w = calloc(1, sizeof *w);
	err e = { 0 };

	assert_non_null(w);
	w->seed = 42;
	if (getenv("SIM_LOG"))
		w->log = (logger){ LOG_DEBUG, log_to_stdout, w };
	for (int i = 0; i < SIM_SOCKS; i++)
		w->socks[i].site = -1;
	make_conf(w);
	make_sites(w);
	assert_true(dgramq_init(&w->ctx) && dgramq_init(&w->htx) && join_init(&w->ctun, false) &&
		    join_init(&w->htun, false));
	w->saved_client.clock =
		(ident_clock){ .home_ntp = world_time(0, 0).ntp, .at_ms = world_time(0, 0).ms };
	if (adjust)
		adjust(w);
	start_home(w);
	world_start_relays(w);
	w->env = (client_env){ .ctx = w,
			       .path_open = path_open,
			       .path_close = path_close,
			       .carrier_open = world_carrier_open,
			       .tunnel = on_tunnel,
			       .save = on_save,
			       .home_link = world_follow_home_link,
			       .next_packet = world_next_packet,
			       .state = on_state };
	w->client = client_core_new(&w->cconf, &w->saved_client, &w->env, &w->log, &w->ctx,
				    &w->ctun, &e);
	assert_non_null(w->client);
	return w;
}

void world_free(world *w)
{
	client_core_free(w->client);
	home_core_free(w->home);
	world_free_relays(w);
	world_net_free(w);
	dgramq_free(&w->ctx);
	dgramq_free(&w->htx);
	join_free(&w->ctun);
	join_free(&w->htun);
	free(w);
}

void world_restart_home(world *w)
{
	home_core_free(w->home);
	w->n_saves = 0;
	dgramq_clear(&w->htx);
	start_home(w);
}

static void notify_uplinks(world *w)
{
	uplink u[SITES];
	size_t n = 0;

	for (uint32_t i = 0; i < SITES; i++) {
		const site *s = &w->sites[i];
		if (!s->plugged)
			continue;
		u[n] = (uplink){ .ifindex = 2 + i,
				 .local = { s->local, s->bits },
				 .gateway = s->gateway,
				 .has_default = true,
				 .metric = s->metric,
				 .mtu = s->mtu };
		snprintf(u[n].name, sizeof u[n].name, "wan%u", i);
		n++;
	}
	client_core_uplinks(w->client, world_client_time(w), u, n);
	world_collect(w);
}

void world_plug(world *w, int i)
{
	w->sites[i].plugged = true;
	notify_uplinks(w);
}

void world_unplug(world *w, int i)
{
	w->sites[i].plugged = false;
	notify_uplinks(w);
}

void world_move(world *w, int from, int to)
{
	w->sites[from].plugged = false;
	w->sites[to].plugged = true;
	notify_uplinks(w);
}

bool sim_timer_is_stuck(sim_timer *t, uint64_t next_ms, uint64_t now_ms)
{
	t->in_a_row = next_ms <= now_ms ? t->in_a_row + 1 : 0;
	t->in_second = t->second == now_ms / 1000 ? t->in_second + 1 : 1;
	t->second = now_ms / 1000;
	return t->in_a_row >= SIM_STUCK_TICKS || t->in_second > SIM_TICKS_PER_S;
}

void world_ticked(sim_timer *t, const char *whose, uint64_t next_ms, uint64_t now_ms)
{
	if (sim_timer_is_stuck(t, next_ms, now_ms))
		fail_msg("%s: its timer does not get on: it is set to %llu ms at %llu ms, after %u "
			 "ticks in this second",
			 whose, (unsigned long long)next_ms, (unsigned long long)now_ms,
			 t->in_second);
}

static void tick(world *w)
{
	core_time c = world_client_time(w), h = world_home_time(w);

	if (client_core_next_timer_ms(w->client) <= c.ms) {
		client_core_tick(w->client, c);
		w->client_ticks++;
		world_ticked(&w->client_timer, "client", client_core_next_timer_ms(w->client),
			     c.ms);
	}
	world_collect(w);
	if (home_core_next_timer_ms(w->home) <= h.ms) {
		home_core_tick(w->home, h);
		world_ticked(&w->home_timer, "home", home_core_next_timer_ms(w->home), h.ms);
	}
	world_collect(w);
	world_tick_relays(w);
	world_collect(w);
	world_tick_carriers(w);
	world_collect(w);
}

uint64_t world_ms_to_us(uint64_t at_ms)
{
	return at_ms == UINT64_MAX ? UINT64_MAX : at_ms < 1000 ? 0 : (at_ms - 1000) * 1000;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One event; false: nothing happens before end_us. */
static bool step(world *w, uint64_t end_us)
{
	uint64_t next = earlier(world_next_us(w), traffic_next_us(w));
	uint64_t timer = earlier(world_ms_to_us(client_core_next_timer_ms(w->client)),
				 world_ms_to_us(home_core_next_timer_ms(w->home)));

	timer = earlier(timer,
			earlier(world_relays_next_timer_us(w), world_carriers_next_timer_us(w)));
	if (w->n_saves > 0)
		timer = earlier(timer, w->saves[0].at_us);
	if (timer <= w->us) /* until world_ticked() gives up */
		timer = w->us + 1000;
	next = earlier(next, timer);
	if (next > end_us)
		return false;
	if (next > w->us)
		w->us = next;
	world_deliver(w);
	traffic_send(w);
	tick(w);
	return true;
}

void world_run(world *w, uint64_t ms)
{
	uint64_t end = w->us + ms * 1000;

	tick(w);
	while (step(w, end))
		;
	w->us = end;
}

bool world_until(world *w, client_state s, uint64_t ms)
{
	uint64_t end = w->us + ms * 1000;

	tick(w);
	while (w->state != s && step(w, end))
		;
	return w->state == s;
}

void world_up(world *w, int i)
{
	world_plug(w, i);
	assert_true(world_until(w, CLIENT_REGISTERED, 2000));
	world_run(w, 3000); /* path MTU found, everything confirmed */
}
