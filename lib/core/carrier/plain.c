/* SPDX-License-Identifier: MIT */
#include "core/carrier/plain.h"
#include "core/carrier/answer.h"
#include <stdlib.h>

/* POSTs unanswered at a time, where the connection is kept: as many batches a round trip. */
enum { PIPELINE = 4, FAILURES = 6, BACKOFF_MS = 250 };
enum {
	HEAD_MS = 1500,   /* how long the head of a GET's answer is waited for */
	ANSWER_MS = 6000, /* the answer to a POST */
	GATHER_MS =
		30, /* after its first datagram, a GET's answer is to end, where they are kept back */
	FILLER = 2, /* a datagram of length 0 is none */
	/* Between two POSTs, once somebody on the path was overloaded: a proxy may open a connection for each,
	 * of which the multiplexer takes 64 a second. */
	PACE_MS = 30,
};

static uint64_t min_ms(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static carrier_channel *channel_of(carrier_plain *p, carrier_plain_half h)
{
	return h == PLAIN_POST ? &p->post : &p->get;
}

static bool is_get(const carrier_plain *p, const carrier_channel *c)
{
	return c == &p->get;
}

/* ---- pace ---- */

static void hold_next_post(carrier_plain *p, uint64_t since_ms)
{
	p->ready_ms = p->pace_ms ? since_ms + p->pace_ms : UINT64_MAX;
}

static void begin_pace(carrier_plain *p, uint64_t now_ms)
{
	p->pace_ms = PACE_MS;
	hold_next_post(p, now_ms);
}

/* Some proxies pass the first request of a connection and lose the others. */
static void begin_single_posts(carrier_plain *p, uint64_t now_ms)
{
	carrier_channel_set_single(&p->post);
	begin_pace(p, now_ms);
}

/* ---- failures ---- */

static carrier_result give_up(carrier_plain *p, const carrier_error *e)
{
	p->error = *e;
	return CARRIER_FAILED;
}

/* Connects it again a little later, each time after twice as long, unless that is hopeless. */
static carrier_result retry(carrier_plain *p, uint64_t now_ms, carrier_channel *c,
			    const carrier_error *e)
{
	uint64_t wait = (uint64_t)BACKOFF_MS << c->failures;

	carrier_channel_count_failure(c);
	if (c->failures >= FAILURES || (!p->up && is_get(p, c)))
		return give_up(p, e);
	carrier_channel_connect_at(c, now_ms + wait);
	return CARRIER_PENDING;
}

static carrier_result refused(carrier_plain *p, uint64_t now_ms, carrier_channel *c)
{
	carrier_route *r = p->route;
	unsigned status = http_status(c->head);
	carrier_error e;

	if (status == 407 && r->absolute) {
		if (!carrier_auth_challenge(&r->auth, r->proxy, c->head, c->had_line, &e))
			return give_up(p, &e);
		carrier_channel_connect_at(c, now_ms);
		return CARRIER_PENDING;
	}
	carrier_answer_explain(c->head, &e);
	if (status == 429 || status >= 500)
		begin_pace(p, now_ms);
	return retry(p, now_ms, c, &e);
}

/* ---- requests ---- */

void carrier_plain_send(carrier_plain *p, uint64_t now_ms, uint8_t *body, size_t n)
{
	carrier_channel_ask(&p->post, now_ms, 0, body, n);
	hold_next_post(p, now_ms);
}

static void send_filler(carrier_plain *p, uint64_t now_ms)
{
	uint8_t filler[CARRIER_REQUEST_MAX + FILLER] = { 0 };

	carrier_plain_send(p, now_ms, filler + CARRIER_REQUEST_MAX, FILLER);
}

static void send_get(carrier_plain *p, uint64_t now_ms)
{
	carrier_channel_ask(&p->get, now_ms, p->kept_back ? GATHER_MS : 0, NULL, 0);
	p->late = false;
	if (!p->kept_back)
		p->head_ms = now_ms + HEAD_MS;
}

/* ---- events ---- */

static carrier_result become_up(carrier_plain *p)
{
	if (p->up)
		return CARRIER_PENDING;
	p->up = true;
	return CARRIER_READY;
}

/* POSTs are answered and the GET is not: something on the path keeps its answer back. */
static carrier_result check_kept_back(carrier_plain *p, uint64_t now_ms)
{
	bool answered = p->posted_ms && (!p->up || p->posted_ms >= p->get.asked_ms);

	if (p->kept_back || !answered || !p->late)
		return CARRIER_PENDING;
	p->kept_back = true;
	begin_pace(p, now_ms);
	carrier_channel_connect_at(&p->get, now_ms);
	return become_up(p);
}

static carrier_result answer_begins(carrier_plain *p, uint64_t now_ms, const carrier_channel *c)
{
	if (!is_get(p, c)) {
		p->posted_ms = now_ms;
		return CARRIER_PENDING;
	}
	p->head_ms = UINT64_MAX;
	p->late = false;
	return become_up(p);
}

static carrier_result answer_ends(carrier_plain *p, uint64_t now_ms, carrier_channel *c)
{
	carrier_result r = is_get(p, c) ? CARRIER_PENDING : check_kept_back(p, now_ms);

	if (!c->kept || (is_get(p, c) && !carrier_channel_can_write(c)))
		carrier_channel_connect_at(c, now_ms);
	else if (is_get(p, c))
		send_get(p, now_ms);
	return r;
}

static void use_opened(carrier_plain *p, uint64_t now_ms, const carrier_channel *c)
{
	if (is_get(p, c))
		send_get(p, now_ms);
	else if (!p->up)
		send_filler(p, now_ms);
}

static carrier_result handle(carrier_plain *p, uint64_t now_ms, carrier_channel *c, unsigned events,
			     const carrier_error *e)
{
	carrier_result begun = CARRIER_PENDING, ended = CARRIER_PENDING;

	if (events & CHANNEL_OPENED)
		use_opened(p, now_ms, c);
	if (events & CHANNEL_BEGUN)
		begun = answer_begins(p, now_ms, c);
	if (events & CHANNEL_REFUSED)
		return refused(p, now_ms, c);
	if (events & CHANNEL_FAILED)
		return retry(p, now_ms, c, e);
	if (events & CHANNEL_ENDED)
		ended = answer_ends(p, now_ms, c);
	return begun == CARRIER_READY ? begun : ended;
}

carrier_result carrier_plain_opened(carrier_plain *p, uint64_t now_ms, carrier_plain_half h)
{
	carrier_channel *c = channel_of(p, h);
	carrier_error e;

	return handle(p, now_ms, c, carrier_channel_opened(c, &e), &e);
}

carrier_result carrier_plain_octets(carrier_plain *p, uint64_t now_ms, carrier_plain_half h,
				    uint8_t *data, size_t n, size_t *used)
{
	carrier_channel *c = channel_of(p, h);
	carrier_error e;
	/* What a body holds comes after the tunnel is up. */
	bool by_line = !p->up && h == PLAIN_GET;

	return handle(p, now_ms, c, carrier_channel_octets(c, data, n, by_line, used, &e), &e);
}

/* A connection that served and was then closed is replaced at once; one that closed without a request on
 * it, a little later; one that took a request and never answered has failed. */
carrier_result carrier_plain_closed(carrier_plain *p, uint64_t now_ms, carrier_plain_half h,
				    const char *what)
{
	carrier_channel *c = channel_of(p, h);
	carrier_error e;

	if (!carrier_channel_is_open(c)) {
		carrier_conn_closed(&c->conn, what, &e);
		return retry(p, now_ms, c, &e);
	}
	if (h == PLAIN_POST && c->served == 1 && c->in_flight)
		begin_single_posts(p, now_ms);
	if (c->served || c->in_flight == 0) {
		carrier_channel_connect_at(c, c->served ? now_ms : now_ms + BACKOFF_MS);
		return CARRIER_PENDING;
	}
	carrier_error_set(&e, CARRIER_ANSWERED, "a plain request is not answered: %s",
			  what ? what : "the connection is closed");
	return retry(p, now_ms, c, &e);
}

carrier_result carrier_plain_refused(carrier_plain *p, uint64_t now_ms, carrier_plain_half h,
				     carrier_error_rank rank, const char *why)
{
	carrier_channel *c = channel_of(p, h);
	carrier_error e;

	carrier_error_set(&e, rank, "%s", why);
	return retry(p, now_ms, c, &e);
}

/* ---- time ---- */

static uint64_t answer_deadline_ms(const carrier_plain *p)
{
	return p->post.in_flight ? p->post.asked_ms + ANSWER_MS : UINT64_MAX;
}

static carrier_result connect_if_time(carrier_plain *p, uint64_t now_ms, carrier_channel *c)
{
	carrier_error e;

	if (c->connect_ms > now_ms)
		return CARRIER_PENDING;
	return handle(p, now_ms, c, carrier_channel_connect(c, &e), &e);
}

carrier_result carrier_plain_timer(carrier_plain *p, uint64_t now_ms)
{
	carrier_result r = CARRIER_PENDING;

	if (p->ready_ms <= now_ms)
		p->ready_ms = UINT64_MAX;
	if (answer_deadline_ms(p) <= now_ms) {
		if (p->post.served == 1)
			begin_single_posts(p, now_ms);
		carrier_channel_connect_at(&p->post, now_ms);
	}
	if (p->head_ms <= now_ms) {
		p->head_ms = UINT64_MAX;
		p->late = true;
		r = check_kept_back(p, now_ms);
	}
	if (connect_if_time(p, now_ms, &p->get) == CARRIER_FAILED ||
	    connect_if_time(p, now_ms, &p->post) == CARRIER_FAILED)
		return CARRIER_FAILED;
	return r;
}

uint64_t carrier_plain_next_timer_ms(const carrier_plain *p)
{
	uint64_t connect = min_ms(p->post.connect_ms, p->get.connect_ms);

	return min_ms(min_ms(connect, answer_deadline_ms(p)), min_ms(p->head_ms, p->ready_ms));
}

/* ---- life ---- */

carrier_plain *carrier_plain_new(carrier_route *r, carrier_tunnel *t, unsigned number,
				 uint64_t now_ms)
{
	carrier_plain *p = calloc(1, sizeof *p);

	if (!p || !carrier_request_new_session(p->session)) {
		free(p);
		return NULL;
	}
	p->route = r;
	p->head_ms = p->ready_ms = UINT64_MAX;
	carrier_channel_init(&p->post, r, number, p->session, NULL);
	carrier_channel_init(&p->get, r, number + 1, p->session, t);
	carrier_channel_connect_at(&p->post, now_ms);
	carrier_channel_connect_at(&p->get, now_ms);
	return p;
}

void carrier_plain_free(carrier_plain *p)
{
	if (!p)
		return;
	carrier_channel_close(&p->post);
	carrier_channel_close(&p->get);
	free(p);
}

bool carrier_plain_can_send(const carrier_plain *p, uint64_t now_ms)
{
	const carrier_channel *c = &p->post;

	return carrier_channel_can_write(c) && c->in_flight < (c->kept ? PIPELINE : 1) &&
	       (!p->pace_ms || now_ms >= c->asked_ms + p->pace_ms);
}

unsigned carrier_plain_number(const carrier_plain *p)
{
	return p->kept_back ? p->post.conn.number : p->get.conn.number;
}
