/* SPDX-License-Identifier: MIT */
/* home_shell.h - a home agent on virtual time, and what stands around it in place of the daemon. Requests are completed at
 * once after each datagram, or when the test says so. */
#ifndef HW_TESTS_HOME_SHELL_H
#define HW_TESTS_HOME_SHELL_H

#include "unit.h"
#include "base/clock.h"
#include "core/home/authority.h"
#include "core/home/core.h"
#include "core/crypto/dh.h"
#include "core/reg/ident.h"
#include "core/reg/reply.h"
#include "core/reg/request.h"
#include "proto/ctl.h"
#include "ntp.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { KIT_LAN_LINK = 3, KIT_WAN_LINK = 2, KIT_LINES = 4096, KIT_REQUESTS = 512 };

typedef struct kit_request { /* of the agent to its shell */
	uint64_t number;
	home_wait kind;
	home_question question;
	uint8_t client[CLIENT_ID_LEN];
	home_client_state state;
} kit_request;

typedef struct kit {
	home_conf conf;
	home_core *h;
	dgramq tx;
	join tun;
	core_time now;
	uint64_t unix_s;
	/* what the agent did to the world */
	unsigned saves, replies_at_save, remembered;
	bool save_fails;
	bool hold; /* the test itself completes requests */
	kit_request requests[KIT_REQUESTS];
	unsigned n_requests;
	home_client_state saved;
	ip_addr attracted;
	int away; /* calls with away = true, less those with false */
	char lines[KIT_LINES];
	logger log;
} kit;

static inline void kit_attract(void *ctx, const ip_addr *a, bool away)
{
	kit *k = ctx;

	k->attracted = *a;
	k->away += away ? 1 : -1;
}

static inline void kit_request_comes(void *ctx, uint64_t number, const home_request *r)
{
	kit *k = ctx;

	assert_true(k->n_requests < KIT_REQUESTS);
	kit_request *q = &k->requests[k->n_requests++];
	*q = (kit_request){ .number = number, .kind = r->kind };
	if (r->kind == HOME_WAIT_AUTHORITY) {
		q->question.n = r->question.n;
		memcpy(q->question.octets, r->question.p, r->question.n);
		return;
	}
	assert_int_equal(r->kind, HOME_WAIT_DURABLE);
	k->saves++;
	k->replies_at_save = k->tx.n_runs;
	q->state = *r->state;
	memcpy(q->client, r->client, CLIENT_ID_LEN);
}

static inline void kit_remember(void *ctx, const uint8_t client[CLIENT_ID_LEN],
				const home_client_state *state)
{
	kit *k = ctx;

	(void)client;
	k->remembered++;
	k->saved = *state;
}

static inline void kit_answer_durable(kit *k, uint64_t number, bool ok)
{
	home_core_complete(k->h, k->now, number,
			   &(home_answer){ .kind = HOME_WAIT_DURABLE, .ok = ok });
}

/* The i-th of those that are outstanding. */
static inline kit_request kit_take_request(kit *k, unsigned i)
{
	const kit_request q = k->requests[i];

	assert_true(i < k->n_requests);
	k->n_requests--;
	memmove(&k->requests[i], &k->requests[i + 1], (k->n_requests - i) * sizeof q);
	return q;
}

/* One for the disk. */
static inline void kit_complete(kit *k, unsigned i)
{
	const kit_request q = kit_take_request(k, i);

	assert_int_equal(q.kind, HOME_WAIT_DURABLE);
	if (!k->save_fails)
		k->saved = q.state;
	kit_answer_durable(k, q.number, !k->save_fails);
}

static inline void kit_complete_all(kit *k)
{
	while (k->n_requests > 0)
		kit_complete(k, 0);
}

static inline void kit_line(void *ctx, log_level level, const char *text)
{
	kit *k = ctx;
	size_t n = strlen(k->lines);

	(void)level;
	snprintf(k->lines + n, KIT_LINES - n, "%s\n", text);
}

static inline void kit_pass(kit *k, uint64_t ms)
{
	k->now.ms += ms;
	k->now.ntp = ((k->unix_s + NTP_UNIX_OFFSET) << 32) + ntp_from_ms(k->now.ms);
	home_core_tick(k->h, k->now);
}

/* A home network 192.168.50.0/24 with a home link; the server is .2 there and 203.0.113.2 outside. */
static inline void kit_open(kit *k)
{
	memset(k, 0, sizeof *k);
	k->unix_s = 1800000000;
	prefix_parse("192.168.50.0/24", &k->conf.network4);
	k->conf.home_lan4 = ip4(192, 168, 50, 2);
	k->conf.lan_ifindex = KIT_LAN_LINK;
	k->conf.agents[0] = ip4(203, 0, 113, 2);
	k->conf.n_agents = 1;
	k->conf.lease_first = 200;
	k->conf.lease_last = 202;
	k->conf.lifetime_max_s = 600;
	k->conf.lifetime_min_s = 10;
	k->conf.keepalive_s = 25;
	k->conf.max_clients = 100;
	k->conf.link_mtu = 1500;
	k->conf.policy = sa_policy_default();
	k->conf.policy.lifetime_s = 3600;
	k->conf.answers_strangers =
		true; /* so that tests see what was found wrong; else test_silence.c */
	k->log = (logger){ LOG_DEBUG, kit_line, k };
	assert_true(dgramq_init(&k->tx));
	assert_true(join_init(&k->tun, false));
	const home_env env = { k, kit_attract, kit_request_comes, kit_remember };
	err e;
	k->h = home_core_new(&k->conf, &env, &k->log, &k->tx, &k->tun, &e);
	assert_non_null(k->h);
	kit_pass(k, 1000);
}

static inline void kit_close(kit *k)
{
	home_core_free(k->h);
	dgramq_free(&k->tx);
	join_free(&k->tun);
}

static inline home_client_conf kit_client_conf(uint8_t n)
{
	home_client_conf c = { .spi = 0x30000000u + n,
			       .home4 = ip4(192, 168, 50, (uint8_t)(100 + n)) };

	memset(c.id, n, sizeof c.id);
	memset(c.key0, 0x40 + n, sizeof c.key0);
	snprintf(c.nai, sizeof c.nai, "client%u@example.net", n);
	return c;
}

static inline void kit_add(kit *k, uint8_t n)
{
	const home_client_conf c = kit_client_conf(n);
	err e = { 0 };

	if (!home_core_client_put(k->h, &c, NULL, &e))
		fail_msg("%s", e.text);
}

#endif
