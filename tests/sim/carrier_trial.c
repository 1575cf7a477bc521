/* SPDX-License-Identifier: MIT */
#include "carrier_trial.h"
#include <stdio.h>
#include <stdlib.h>

enum { FULL_MS = 5 }; /* more than so much unsent: full */

/* ---- events ---- */

static void post_event(trial *t, trial_event ev)
{
	assert_true(t->n_events < TRIAL_EVENTS);
	ev.order = ++t->orders;
	ev.generation = t->connections[ev.conn].generation;
	t->events[t->n_events++] = ev;
}

/* The earliest; of equals the first that was posted. */
static int first_event(const trial *t)
{
	int best = -1;

	for (unsigned i = 0; i < t->n_events; i++)
		if (best < 0 || t->events[i].at_ms < t->events[best].at_ms ||
		    (t->events[i].at_ms == t->events[best].at_ms &&
		     t->events[i].order < t->events[best].order))
			best = (int)i;
	return best;
}

static uint8_t *copy_of(const void *p, size_t n)
{
	uint8_t *copy = malloc(n);

	assert_non_null(copy);
	return memcpy(copy, p, n);
}

void trial_to_client(trial *t, unsigned conn, const void *p, size_t n)
{
	if (n)
		post_event(t, (trial_event){ .at_ms = t->now_ms + TRIAL_LATENCY_MS,
					     .kind = EVENT_OCTETS,
					     .conn = conn,
					     .data = copy_of(p, n),
					     .n = n });
}

void trial_close_to_client(trial *t, unsigned conn, const char *why)
{
	post_event(t, (trial_event){ .at_ms = t->now_ms + TRIAL_LATENCY_MS,
				     .kind = EVENT_CLOSED,
				     .conn = conn,
				     .why = why });
}

void trial_log(trial *t, const char *a, const char *b)
{
	size_t n = strlen(t->log);

	snprintf(t->log + n, sizeof t->log - n, "%s %s\n", a, b);
}

/* ---- the environment ---- */

static bool open_connection(void *ctx, unsigned conn, const carrier_target *to, err *e)
{
	trial *t = ctx;
	trial_connection *k = &t->connections[conn];
	const endpoint *at = to->socks ? &to->socks->at : &to->to;
	const host_script *s = &t->hosts[at->addr.b[3] % TRIAL_HOSTS];
	trial_event ev = { .at_ms = t->now_ms + 2 * TRIAL_LATENCY_MS, .conn = conn };

	assert_false(k->open || k->opening);
	if (s->unopened)
		return err_set(e, ERR_SYSTEM, "%s", s->unopened);
	t->opened++;
	*k = (trial_connection){ .generation = k->generation,
				 .opening = true,
				 .tls = to->tls,
				 .script = s,
				 .opened_ms = t->now_ms,
				 .socks = to->socks };
	ev.kind = s->refuses ? EVENT_CLOSED : EVENT_OPENED;
	ev.why = s->refuses;
	if (!s->absent)
		post_event(t, ev);
	return true;
}

static bool start_tls(void *ctx, unsigned conn, err *e)
{
	trial *t = ctx;
	trial_connection *k = &t->connections[conn];

	assert_true(k->open && !k->tls);
	if (k->script->tls_unbegun)
		return err_set(e, ERR_SYSTEM, "%s", k->script->tls_unbegun);
	k->tls = true;
	k->open = false;
	k->opening = true;
	post_event(t, (trial_event){ .at_ms = t->now_ms + 2 * TRIAL_LATENCY_MS,
				     .kind = k->script->tls_fails ? EVENT_CLOSED : EVENT_OPENED,
				     .conn = conn,
				     .why = k->script->tls_fails });
	return true;
}

static bool is_full(void *ctx, unsigned conn)
{
	trial *t = ctx;
	trial_connection *k = &t->connections[conn];

	assert_true(k->open);
	bool full = k->free_ms > t->now_ms + FULL_MS;
	if (full && !k->asked_full)
		post_event(t, (trial_event){
				      .at_ms = k->free_ms, .kind = EVENT_WRITABLE, .conn = conn });
	k->asked_full |= full;
	return full;
}

static void write_octets(void *ctx, unsigned conn, const void *p, size_t n)
{
	trial *t = ctx;
	trial_connection *k = &t->connections[conn];
	unsigned rate = k->script->rate;

	assert_true(k->open && n >= 1 && n <= CARRIER_WRITE_MAX);
	assert_false(is_full(t, conn));
	if (k->free_ms < t->now_ms)
		k->free_ms = t->now_ms;
	k->free_ms += rate ? n / rate : 0;
	t->goodbye_n = n < sizeof t->goodbye ? n : sizeof t->goodbye;
	memcpy(t->goodbye, p, t->goodbye_n);
	post_event(t, (trial_event){ .at_ms = k->free_ms + TRIAL_LATENCY_MS,
				     .kind = EVENT_TO_HOST,
				     .conn = conn,
				     .data = copy_of(p, n),
				     .n = n });
}

static void note_wait(void *ctx, unsigned conn, uint64_t wait_ms)
{
	trial *t = ctx;

	assert_true(t->connections[conn].open);
	if (wait_ms > t->wait_ms)
		t->wait_ms = wait_ms;
}

static void end_connection(trial *t, unsigned conn)
{
	trial_connection *k = &t->connections[conn];

	host_free(k->peer);
	k->peer = NULL;
	k->open = k->opening = false;
	k->generation++;
}

/* Once. */
static void close_connection(void *ctx, unsigned conn)
{
	trial *t = ctx;

	assert_true(t->connections[conn].open || t->connections[conn].opening);
	end_connection(t, conn);
}

static void finish_connection(void *ctx, unsigned conn)
{
	trial *t = ctx;

	assert_true(t->connections[conn].open);
	t->finishes++;
	end_connection(t, conn);
}

static void on_up(void *ctx, const carrier_up_event *u)
{
	trial *t = ctx;

	assert_false(t->up || t->down);
	t->up = true;
	t->up_ms = t->now_ms;
	t->method = u->method;
	snprintf(t->proxy, sizeof t->proxy, "%s", u->proxy ? u->proxy : "");
}

static void on_down(void *ctx, const char *why)
{
	trial *t = ctx;

	assert_false(t->down);
	t->down = true;
	t->down_ms = t->now_ms;
	snprintf(t->why, sizeof t->why, "%s", why);
}

static void on_attempt_failed(void *ctx, const carrier_error *why)
{
	trial *t = ctx;

	t->failed++;
	t->last_failure = *why;
}

static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	trial *t = ctx;
	uint32_t number;

	assert_true(t->up && !t->down);
	assert_true(n >= 4);
	memcpy(&number, p, 4);
	for (size_t i = 4; i < n; i++)
		assert_int_equal(p[i], (uint8_t)(number + i));
	t->in_order = t->in_order && number == t->got;
	t->last = number;
	t->got++;
	t->in_batch++;
}

static void on_batch_end(void *ctx)
{
	trial *t = ctx;

	assert_true(t->in_batch > 0);
	t->in_batch = 0;
	t->batches++;
}

/* ---- time ---- */

static void deliver(trial *t, const trial_event *ev)
{
	trial_connection *k = &t->connections[ev->conn];

	switch (ev->kind) {
	case EVENT_OPENED:
		k->open = true;
		k->opening = false;
		if (!k->peer)
			k->peer = host_accept(t, ev->conn, k->script);
		carrier_core_opened(t->core, t->now_ms, ev->conn);
		break;
	case EVENT_TO_HOST:
		host_octets(k->peer, ev->data, ev->n);
		break;
	case EVENT_OCTETS:
		carrier_core_octets(t->core, t->now_ms, ev->conn, ev->data, ev->n);
		assert_int_equal(t->in_batch, 0);
		break;
	case EVENT_CLOSED:
		carrier_core_closed(t->core, t->now_ms, ev->conn, ev->why);
		break;
	case EVENT_WRITABLE:
		k->asked_full = false;
		carrier_core_writable(t->core, t->now_ms, ev->conn);
		break;
	}
}

static void take_event(trial *t, int i)
{
	trial_event ev = t->events[i];

	t->events[i] = t->events[--t->n_events];
	if (ev.generation == t->connections[ev.conn].generation)
		deliver(t, &ev);
	free(ev.data);
}

/* The next thing that happens up to then. False: nothing does. A core whose timer never advances fails. */
static bool step(trial *t, uint64_t until_ms)
{
	int i = first_event(t);
	uint64_t timer = carrier_core_next_timer_ms(t->core);
	uint64_t event = i < 0 ? UINT64_MAX : t->events[i].at_ms;
	uint64_t at = timer < event ? timer : event;

	if (at > until_ms)
		return false;
	if (at > t->now_ms)
		t->now_ms = at;
	if (event <= t->now_ms) {
		take_event(t, i);
		return true;
	}
	carrier_core_timer(t->core, t->now_ms);
	assert_true(carrier_core_next_timer_ms(t->core) > t->now_ms);
	return true;
}

void trial_run(trial *t, uint64_t ms)
{
	uint64_t until = t->now_ms + ms;

	while (step(t, until))
		;
	t->now_ms = until;
}

bool trial_run_until_settled(trial *t)
{
	uint64_t until = t->now_ms + 60000;

	while (!t->up && !t->down && step(t, until))
		;
	return t->up;
}

/* ---- a trial ---- */

static endpoint at_host(unsigned host, uint16_t port)
{
	return (endpoint){ .addr = ip4(192, 0, 2, (uint8_t)host), .port = port };
}

trial *trial_new(const host_script *mux)
{
	trial *t = calloc(1, sizeof *t);

	assert_non_null(t);
	t->now_ms = 1000000;
	t->in_order = true;
	t->mux = (carrier_mux){ .host = "mux.test", .port = 80, .target = "home" };
	t->conf = (carrier_conf){ .mux = &t->mux, .direct = true };
	t->conf.up = (uplink){ .name = "wan", .has_default = true };
	t->conf.up.local = (ip_prefix){ ip4(198, 51, 100, 5), 24 };
	trial_add_address(t, 1, mux);
	return t;
}

void trial_add_address(trial *t, unsigned host, const host_script *s)
{
	t->hosts[host] = *s;
	t->mux.addresses[t->mux.n_addresses++] = at_host(host, 0);
}

void trial_add_proxy(trial *t, unsigned host, proxy_kind kind, const host_script *s)
{
	carrier_proxy *p = &t->conf.proxies[t->conf.n_proxies++];

	t->hosts[host] = *s;
	*p = (carrier_proxy){ .kind = kind, .at = at_host(host, 3128) };
	snprintf(p->name, sizeof p->name, "proxy%u.test:3128", host);
}

void trial_hint(trial *t, carrier_method m, const char *proxy)
{
	t->conf.hint = (carrier_hint){ .known = true, .method = m };
	snprintf(t->conf.hint.proxy, sizeof t->conf.hint.proxy, "%s", proxy);
}

void trial_begin(trial *t)
{
	const carrier_env env = { .ctx = t,
				  .open = open_connection,
				  .start_tls = start_tls,
				  .write = write_octets,
				  .is_full = is_full,
				  .note_wait = note_wait,
				  .close = close_connection,
				  .finish = finish_connection,
				  .up = on_up,
				  .down = on_down,
				  .attempt_failed = on_attempt_failed,
				  .datagram = on_datagram,
				  .batch_end = on_batch_end };
	err e = { 0 };

	t->core = carrier_core_new(&t->conf, &env, t->now_ms, &e);
	assert_non_null(t->core);
}

void trial_free(trial *t)
{
	carrier_core_free(t->core);
	assert_int_equal(trial_open_connections(t), 0);
	while (t->n_events)
		free(t->events[--t->n_events].data);
	free(t);
}
