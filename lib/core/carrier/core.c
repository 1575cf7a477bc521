/* SPDX-License-Identifier: MIT */
#include "core/carrier/core.h"
#include "core/carrier/outbound.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct carrier_core {
	carrier_conf conf;
	carrier_env env;
	dial dial;
	carrier_attempt attempts[DIAL_ATTEMPTS];
	unsigned n;
	carrier_attempt *won;
	bool down;
	carrier_error error; /* the one that explains most */
	carrier_outbound outbound;
};

/* ---- what came of an attempt ---- */

static void go_down(carrier_core *c)
{
	c->down = true;
	c->env.down(c->env.ctx, c->error.text);
}

static void take_failure(carrier_core *c, carrier_attempt *a, uint64_t now_ms)
{
	c->env.attempt_failed(c->env.ctx, &a->error);
	if (a == c->won || a->error.rank > c->error.rank)
		c->error = a->error;
	if (a == c->won) {
		go_down(c);
		return;
	}
	carrier_attempt_end(a);
	dial_failed(&c->dial, (unsigned)(a - c->attempts), now_ms);
	if (dial_has_failed(&c->dial))
		go_down(c);
}

static void take_tunnel(carrier_core *c, carrier_attempt *a)
{
	carrier_up_event up = carrier_attempt_describe(a);

	c->won = a;
	dial_won(&c->dial, (unsigned)(a - c->attempts));
	for (unsigned i = 0; i < c->n; i++)
		if (&c->attempts[i] != a)
			carrier_attempt_end(&c->attempts[i]);
	c->env.up(c->env.ctx, &up);
}

static void take(carrier_core *c, carrier_attempt *a, uint64_t now_ms, carrier_result r)
{
	if (r == CARRIER_READY)
		take_tunnel(c, a);
	else if (r == CARRIER_FAILED)
		take_failure(c, a, now_ms);
	/* Plain requests may be sent after an answer, on a new connection, or after a pause. */
	if (a == c->won && a->plain && !c->down)
		carrier_outbound_drain(&c->outbound, a, now_ms);
}

/* ---- events ---- */

/* NULL: it ended while the event was on its way. */
static carrier_attempt *attempt_of(carrier_core *c, unsigned conn)
{
	carrier_attempt *a = &c->attempts[conn / 2];

	return c->down || a->state == ATTEMPT_IDLE ? NULL : a;
}

void carrier_core_opened(carrier_core *c, uint64_t now_ms, unsigned conn)
{
	carrier_attempt *a = attempt_of(c, conn);

	if (a)
		take(c, a, now_ms, carrier_attempt_opened(a, now_ms, conn % 2));
}

void carrier_core_octets(carrier_core *c, uint64_t now_ms, unsigned conn, uint8_t *p, size_t n)
{
	carrier_attempt *a;

	for (size_t used; n > 0 && (a = attempt_of(c, conn)); p += used, n -= used)
		take(c, a, now_ms, carrier_attempt_octets(a, now_ms, conn % 2, p, n, &used));
}

void carrier_core_writable(carrier_core *c, uint64_t now_ms, unsigned conn)
{
	carrier_attempt *a = attempt_of(c, conn);

	if (!a || a != c->won)
		return;
	carrier_attempt_write_reply(a);
	carrier_outbound_drain(&c->outbound, a, now_ms);
}

void carrier_core_closed(carrier_core *c, uint64_t now_ms, unsigned conn, const char *why)
{
	carrier_attempt *a = attempt_of(c, conn);

	if (a)
		take(c, a, now_ms, carrier_attempt_closed(a, now_ms, conn % 2, why));
}

void carrier_core_refused(carrier_core *c, uint64_t now_ms, unsigned conn, carrier_error_rank rank,
			  const char *why)
{
	carrier_attempt *a = attempt_of(c, conn);

	if (a)
		take(c, a, now_ms, carrier_attempt_refused(a, now_ms, conn % 2, rank, why));
}

/* ---- time ---- */

static void end_overdue(carrier_core *c, uint64_t now_ms)
{
	int i;

	while ((i = dial_find_overdue(&c->dial, now_ms)) >= 0) {
		carrier_attempt_time_out(&c->attempts[i]);
		take_failure(c, &c->attempts[i], now_ms);
	}
}

void carrier_core_timer(carrier_core *c, uint64_t now_ms)
{
	int i;

	if (c->down)
		return;
	end_overdue(c, now_ms);
	while ((i = dial_begin_next(&c->dial, now_ms)) >= 0)
		take(c, &c->attempts[i], now_ms, carrier_attempt_begin(&c->attempts[i], now_ms));
	for (unsigned k = 0; k < c->n && !c->down; k++)
		if (carrier_attempt_next_timer_ms(&c->attempts[k]) <= now_ms)
			take(c, &c->attempts[k], now_ms,
			     carrier_attempt_timer(&c->attempts[k], now_ms));
}

uint64_t carrier_core_next_timer_ms(const carrier_core *c)
{
	if (c->down)
		return UINT64_MAX;
	if (c->won)
		return carrier_attempt_next_timer_ms(c->won);
	uint64_t next = dial_next_timer_ms(&c->dial);
	for (unsigned i = 0; i < c->n; i++) {
		uint64_t its = carrier_attempt_next_timer_ms(&c->attempts[i]);
		if (its < next)
			next = its;
	}
	return next;
}

/* ---- life ---- */

static_assert(2 * CARRIER_ADDRESSES + CARRIER_PROXIES <= DIAL_ATTEMPTS,
	      "no attempt is left out for a hint");

/* By all methods, or by one that is not the first of them. */
static void add_attempt(carrier_core *c, const carrier_proxy *proxy, const endpoint *to,
			carrier_method first)
{
	const carrier_route r = { .conf = &c->conf, .env = &c->env, .proxy = proxy, .to = *to };

	carrier_attempt_init(&c->attempts[c->n], &r, 2 * c->n, first);
	c->n++;
}

/* Adds it in the round of those that match the hint, or in the other. Where the hinted method is not the
 * best, it has an attempt of its own beside the one that begins with the best: if that one is swallowed it
 * delays nobody, and if it is accepted it wins by its lead. */
static void add_if(carrier_core *c, bool hinted, const carrier_proxy *proxy, const endpoint *to)
{
	const carrier_hint *h = &c->conf.hint;
	bool match = h->known && strcmp(h->proxy, proxy ? proxy->name : "") == 0;

	if (match != hinted || !uplink_can_reach(&c->conf.up, &to->addr))
		return;
	add_attempt(c, proxy, to, CARRIER_CONNECT_UDP);
	if (match && h->method != CARRIER_CONNECT_UDP)
		add_attempt(c, proxy, to, h->method);
}

static void add_attempts(carrier_core *c, bool hinted)
{
	const carrier_mux *m = c->conf.mux;

	for (unsigned i = 0; c->conf.direct && i < m->n_addresses; i++) {
		endpoint to = m->addresses[i];
		to.port = m->port;
		add_if(c, hinted, NULL, &to);
	}
	for (unsigned i = 0; i < c->conf.n_proxies; i++)
		add_if(c, hinted, &c->conf.proxies[i], &c->conf.proxies[i].at);
}

carrier_core *carrier_core_new(const carrier_conf *conf, const carrier_env *env, uint64_t now_ms,
			       err *e)
{
	carrier_core *c = calloc(1, sizeof *c);

	if (!c || !carrier_outbound_init(&c->outbound)) {
		err_sys(e, ENOMEM, "carrier");
		carrier_core_free(c);
		return NULL;
	}
	c->conf = *conf;
	c->env = *env;
	add_attempts(c, true);
	add_attempts(c, false);
	dial_init(&c->dial, c->n, now_ms);
	if (c->n > 0)
		return c;
	err_set(e, ERR_SYSTEM, "uplink %s reaches neither %s nor a proxy", c->conf.up.name,
		c->conf.mux->host);
	carrier_core_free(c);
	return NULL;
}

void carrier_core_free(carrier_core *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->n; i++)
		if (&c->attempts[i] == c->won && !c->down)
			carrier_attempt_finish(&c->attempts[i]);
		else
			carrier_attempt_end(&c->attempts[i]);
	carrier_outbound_free(&c->outbound);
	explicit_bzero(c, sizeof *c); /* passwords */
	free(c);
}

/* ---- datagrams ---- */

bool carrier_core_is_up(const carrier_core *c)
{
	return c->won && !c->down;
}

void carrier_core_send(carrier_core *c, uint64_t now_ms, uint32_t flow, const uint8_t *p, size_t n)
{
	if (carrier_core_is_up(c))
		carrier_outbound_send(&c->outbound, c->won, now_ms, flow, p, n);
	else
		carrier_outbound_count_lost(&c->outbound);
}

void carrier_core_flush(carrier_core *c, uint64_t now_ms)
{
	if (carrier_core_is_up(c))
		carrier_outbound_flush(&c->outbound, c->won, now_ms);
}

uint64_t carrier_core_dropped(const carrier_core *c)
{
	return carrier_outbound_dropped(&c->outbound);
}
