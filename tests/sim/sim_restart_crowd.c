/* SPDX-License-Identifier: MIT */
/* sim_restart_crowd.c - a thousand idle clients of a home that is killed and started again: whole cores in an array, on
 * virtual time, the network a queue. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

enum { CROWD = 1000, ONE_WAY_US = 20000 };

typedef struct crowd crowd;
typedef struct member {
	crowd *all;
	unsigned i;
	client_conf conf;
	client_env env;
	client_saved saved;
	client_core *core;
	client_state state;
	uint64_t next_ms; /* its timer */
	home_client_state durable;
	bool is_bound; /* by home, after the restart */
	uint64_t bound_us;
} member;

typedef struct letter letter;
struct letter {
	letter *next;
	uint64_t at_us;
	bool to_home;
	unsigned who;
	size_t n;
	uint8_t p[];
};

typedef struct saving {
	uint64_t number;
	unsigned who;
	home_client_state state;
} saving;

struct crowd {
	uint64_t us;
	home_conf hconf;
	home_core *home; /* NULL: killed */
	logger log;
	dgramq tx, htx;
	join tun, htun;
	letter *first, *last; /* all take the same time: in order */
	saving savings[4096];
	unsigned n_savings;
	member all[CROWD];
	uint64_t requests, most_in_second, second, in_second;
};

static endpoint member_at(unsigned i)
{
	return (endpoint){ .addr = ip4(198, 51, (uint8_t)(i >> 8), (uint8_t)i), .port = 40000 };
}

static unsigned member_of(const endpoint *e)
{
	return (unsigned)e->addr.b[2] << 8 | e->addr.b[3];
}

static bool open_path(void *ctx, const uplink *u, uint32_t *sock)
{
	(void)ctx, (void)u;
	*sock = 1;
	return true;
}

static void close_path(void *ctx, uint32_t sock)
{
	(void)ctx, (void)sock;
}

static void note_tunnel(void *ctx, const client_tunnel *t)
{
	(void)ctx, (void)t;
}

static void keep_saved(void *ctx, const client_saved *s)
{
	((member *)ctx)->saved = *s;
}

static void note_state(void *ctx, client_state s, const char *reason)
{
	(void)reason;
	((member *)ctx)->state = s;
}

static void ignore_attract(void *ctx, const ip_addr *a, bool away)
{
	(void)ctx, (void)a, (void)away;
}

static unsigned who_is(const uint8_t id[CLIENT_ID_LEN])
{
	return load_be32(id);
}

static void queue_saving(void *ctx, uint64_t number, const home_request *r)
{
	crowd *c = ctx;

	assert_true(c->n_savings < COUNT(c->savings));
	c->savings[c->n_savings++] = (saving){ number, who_is(r->client), *r->state };
}

static void keep_place(void *ctx, const uint8_t id[CLIENT_ID_LEN], const home_client_state *s)
{
	((crowd *)ctx)->all[who_is(id)].durable = *s;
}

static void post(crowd *c, bool to_home, unsigned who, const uint8_t *p, size_t n)
{
	letter *l = calloc(1, sizeof *l + n);

	assert_non_null(l);
	*l = (letter){ .at_us = c->us + ONE_WAY_US, .to_home = to_home, .who = who, .n = n };
	memcpy(l->p, p, n);
	*(c->first ? &c->last->next : &c->first) = l;
	c->last = l;
}

static void count_request(crowd *c)
{
	c->requests++;
	c->in_second = c->second == c->us / 1000000 ? c->in_second + 1 : 1;
	c->second = c->us / 1000000;
	if (c->in_second > c->most_in_second)
		c->most_in_second = c->in_second;
}

static void collect(crowd *c, dgramq *q, bool to_home, unsigned who)
{
	for (uint32_t i = 0; i < q->n_runs; i++) {
		const dgram_run *r = &q->runs[i];
		for (uint32_t at = 0; at < r->len; at += r->seg) {
			const uint8_t *p = q->bytes + r->at + at;
			uint32_t n = r->len - at < r->seg ? r->len - at : r->seg;
			if (to_home && dgram_classify(p, n) == DGRAM_REQUEST)
				count_request(c);
			post(c, to_home, to_home ? who : member_of(&r->route.to), p, n);
		}
	}
	dgramq_clear(q);
}

static void settle_member(crowd *c, unsigned i)
{
	collect(c, &c->tx, true, i);
	join_clear(&c->tun);
	c->all[i].next_ms = client_core_next_timer_ms(c->all[i].core);
}

static void settle_home(crowd *c)
{
	for (unsigned i = 0; i < c->n_savings; i++) { /* the disk takes no time */
		const saving s = c->savings[i];
		c->all[s.who].durable = s.state;
		home_core_complete(c->home, world_time(c->us, 0), s.number,
				   &(home_answer){ .kind = HOME_WAIT_DURABLE, .ok = true });
		if (!c->all[s.who].is_bound)
			c->all[s.who].bound_us = c->us;
		c->all[s.who].is_bound = true;
	}
	c->n_savings = 0;
	collect(c, &c->htx, false, 0);
	join_clear(&c->htun);
}

static void start_home(crowd *c)
{
	const home_env env = { c, ignore_attract, queue_saving, keep_place };
	err e = { 0 };

	c->home = home_core_new(&c->hconf, &env, &c->log, &c->htx, &c->htun, &e);
	assert_non_null(c->home);
	for (unsigned i = 0; i < CROWD; i++) {
		const client_conf *m = &c->all[i].conf;
		home_client_conf a = { .spi = m->spi, .home4 = m->home4 };
		memcpy(a.key0, m->key0, KEY0_LEN);
		memcpy(a.nai, m->nai, sizeof a.nai);
		store_be32(a.id, i);
		assert_true(home_core_client_put(c->home, &a, &c->all[i].durable, &e));
		c->all[i].is_bound = false;
	}
}

static void kill_home(crowd *c)
{
	home_core_free(c->home);
	c->home = NULL;
	c->n_savings = 0;
	dgramq_clear(&c->htx);
}

static void make_member(crowd *c, unsigned i)
{
	member *m = &c->all[i];
	err e = { 0 };
	const endpoint at = member_at(i);
	const uplink u = { .name = "wan0",
			   .ifindex = 2,
			   .local = { at.addr, 24 },
			   .gateway = ip4(198, 51, (uint8_t)(i >> 8), 254),
			   .has_default = true,
			   .metric = 100,
			   .mtu = 1500 };

	m->all = c;
	m->i = i;
	snprintf(m->conf.nai, sizeof m->conf.nai, "c%u@example.net", i);
	memset(m->conf.key0, (int)(i & 0xff), KEY0_LEN);
	m->conf.key0[0] = (uint8_t)(i >> 8);
	m->conf.spi = 0x2a000000u + i;
	m->conf.home4 = ip4(10, 9, (uint8_t)(i >> 8), (uint8_t)i);
	m->conf.homes[0] = (endpoint){ .addr = ip4(203, 0, 113, 2), .port = 4500 };
	m->conf.n_homes = 1;
	m->conf.lifetime_s = 600;
	m->conf.policy = sa_policy_default();
	m->env = (client_env){ .ctx = m,
			       .path_open = open_path,
			       .path_close = close_path,
			       .tunnel = note_tunnel,
			       .save = keep_saved,
			       .state = note_state };
	m->core = client_core_new(&m->conf, &m->saved, &m->env, &c->log, &c->tx, &c->tun, &e);
	assert_non_null(m->core);
	client_core_uplinks(m->core, world_time(c->us, 0), &u, 1);
	settle_member(c, i);
}

static void deliver(crowd *c, letter *l)
{
	const endpoint home = { .addr = ip4(203, 0, 113, 2), .port = 4500 };
	dgram_in d = { .sock = 1, .p = l->p, .n = l->n };

	if (l->to_home && c->home) {
		d.from = member_at(l->who);
		d.local = home.addr;
		home_core_datagram(c->home, world_time(c->us, 0), &d);
		settle_home(c);
	} else if (!l->to_home) {
		d.from = home;
		d.local = member_at(l->who).addr;
		client_core_datagram(c->all[l->who].core, world_time(c->us, 0), &d);
		settle_member(c, l->who);
	}
}

/* By milliseconds: what is due, then what has arrived. */
static void crowd_run(crowd *c, uint64_t ms)
{
	for (uint64_t end = c->us + ms * 1000; c->us < end; c->us += 1000) {
		const core_time now = world_time(c->us, 0);
		for (unsigned i = 0; i < CROWD; i++) {
			if (c->all[i].next_ms > now.ms)
				continue;
			client_core_tick(c->all[i].core, now);
			settle_member(c, i);
		}
		if (c->home && home_core_next_timer_ms(c->home) <= now.ms) {
			home_core_tick(c->home, now);
			settle_home(c);
		}
		while (c->first && c->first->at_us <= c->us) {
			letter *l = c->first;
			c->first = l->next;
			deliver(c, l);
			free(l);
		}
	}
}

static crowd *crowd_new(void)
{
	crowd *c = calloc(1, sizeof *c);

	assert_non_null(c);
	prefix_parse("10.9.0.0/16", &c->hconf.network4);
	c->hconf.agents[0] = ip4(203, 0, 113, 2);
	c->hconf.n_agents = 1;
	c->hconf.lifetime_max_s = c->hconf.policy.lifetime_s = 600;
	c->hconf.lifetime_min_s = 10;
	c->hconf.max_clients = CROWD;
	c->hconf.link_mtu = 1500;
	c->hconf.policy = sa_policy_default();
	c->hconf.policy.lifetime_s = 600;
	assert_true(dgramq_init(&c->tx) && dgramq_init(&c->htx) && join_init(&c->tun, false) &&
		    join_init(&c->htun, false));
	for (unsigned i = 0; i < CROWD; i++)
		make_member(c, i);
	start_home(c);
	return c;
}

static void crowd_free(crowd *c)
{
	for (unsigned i = 0; i < CROWD; i++)
		client_core_free(c->all[i].core);
	if (c->home)
		kill_home(c);
	for (letter *l; (l = c->first); free(l))
		c->first = l->next;
	dgramq_free(&c->tx);
	dgramq_free(&c->htx);
	join_free(&c->tun);
	join_free(&c->htun);
	free(c);
}

static unsigned bound_within(const crowd *c, uint64_t since_us, uint64_t ms)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CROWD; i++)
		n += c->all[i].is_bound && c->all[i].bound_us <= since_us + ms * 1000;
	return n;
}

TEST(of_a_thousand_idle_clients_a_hundred_are_back_in_a_second_and_all_in_five_without_a_herd)
{
	crowd *c = crowd_new();

	crowd_run(c, 6000);
	assert_int_equal(bound_within(c, 0, 6000), CROWD);
	kill_home(c);
	crowd_run(c, 1000);
	c->requests = c->most_in_second = c->in_second = 0;
	start_home(c);
	const uint64_t up_us = c->us;
	crowd_run(c, 5000);
	assert_true(bound_within(c, up_us, 1000) >= 100);
	assert_int_equal(bound_within(c, up_us, 5000), CROWD);
	assert_true(c->requests <= CROWD + CROWD / 10); /* none has to ask twice */
	assert_true(c->most_in_second <= 400);
	for (unsigned i = 0; i < CROWD; i++)
		assert_int_equal(c->all[i].state, CLIENT_REGISTERED);
	crowd_free(c);
}

RUN(T(of_a_thousand_idle_clients_a_hundred_are_back_in_a_second_and_all_in_five_without_a_herd))
