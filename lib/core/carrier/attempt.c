/* SPDX-License-Identifier: MIT */
#include "core/carrier/attempt.h"
#include "core/carrier/hint.h"

/* An upgrade that is swallowed must not use up the time of the other methods. */
enum { ANSWER_MS = 4000 };

void carrier_attempt_init(carrier_attempt *a, const carrier_route *r, unsigned number,
			  carrier_method first)
{
	*a = (carrier_attempt){ .route = *r,
				.first = first,
				.only_first = first != CARRIER_CONNECT_UDP,
				.answer_ms = UINT64_MAX };
	carrier_conn_init(&a->conn, &a->route, number);
}

/* All that belongs to one method. */
static void drop_method(carrier_attempt *a)
{
	carrier_conn_close(&a->conn);
	carrier_upgrade_end(&a->upgrade);
	carrier_plain_free(a->plain);
	carrier_tunnel_close(&a->tunnel);
	a->plain = NULL;
	a->answer_ms = UINT64_MAX;
	a->state = ATTEMPT_IDLE;
}

static void keep(carrier_attempt *a, const carrier_error *e)
{
	if (e->rank >= a->error.rank)
		a->error = *e;
}

static carrier_result fail(carrier_attempt *a, const carrier_error *e)
{
	keep(a, e);
	return CARRIER_FAILED;
}

static carrier_result fail_by_memory(carrier_attempt *a)
{
	carrier_error_set(&a->error, CARRIER_UNREACHABLE, "no memory");
	return CARRIER_FAILED;
}

/* ---- methods ---- */

/* What failed before explains nothing that happens from now on. */
static carrier_result become_up(carrier_attempt *a)
{
	a->error = (carrier_error){ 0 };
	a->state = ATTEMPT_UP;
	return CARRIER_READY;
}

/* What a step of the plain requests brought. */
static carrier_result take_plain(carrier_attempt *a, carrier_result r)
{
	if (r == CARRIER_READY)
		return become_up(a);
	return r == CARRIER_FAILED ? fail(a, &a->plain->error) : CARRIER_PENDING;
}

static carrier_result begin_method(carrier_attempt *a, uint64_t now_ms)
{
	carrier_error e;

	if (a->method != CARRIER_PLAIN) {
		a->state = ATTEMPT_CONNECTING;
		return carrier_conn_open(&a->conn, &e) == CARRIER_FAILED ? fail(a, &e)
									 : CARRIER_PENDING;
	}
	a->state = ATTEMPT_PLAIN;
	if (carrier_tunnel_open(&a->tunnel, a->route.env, FRAMING_PREFIX))
		a->plain = carrier_plain_new(&a->route, &a->tunnel, a->conn.number, now_ms);
	return a->plain ? take_plain(a, carrier_plain_timer(a->plain, now_ms)) : fail_by_memory(a);
}

/* Goes on with the next method, if there is one. A proxy that refuses CONNECT leaves plain requests. */
static carrier_result decline(carrier_attempt *a, uint64_t now_ms, const carrier_error *e)
{
	keep(a, e);
	if (a->only_first)
		return CARRIER_FAILED;
	drop_method(a);
	a->method = a->route.absolute ? CARRIER_PLAIN : a->method + 1;
	return begin_method(a, now_ms);
}

static carrier_result ask(carrier_attempt *a, uint64_t now_ms)
{
	if (!carrier_upgrade_begin(&a->upgrade, a->method, &a->conn))
		return fail_by_memory(a);
	a->state = ATTEMPT_ASKING;
	a->answer_ms = now_ms + ANSWER_MS;
	return CARRIER_PENDING;
}

static carrier_result open_tunnel(carrier_attempt *a)
{
	bool capsules = a->method == CARRIER_CONNECT_UDP;

	carrier_upgrade_end(&a->upgrade);
	a->answer_ms = UINT64_MAX;
	if (!carrier_tunnel_open(&a->tunnel, a->route.env,
				 capsules ? FRAMING_CAPSULE : FRAMING_WEBSOCKET))
		return fail_by_memory(a);
	return become_up(a);
}

/* What a step of connecting brought. */
static carrier_result take_connection(carrier_attempt *a, uint64_t now_ms, carrier_result r,
				      const carrier_error *e)
{
	if (r == CARRIER_READY)
		return ask(a, now_ms);
	if (r == CARRIER_FAILED)
		return a->route.absolute ? decline(a, now_ms, e) : fail(a, e);
	return CARRIER_PENDING;
}

/* ---- events ---- */

carrier_result carrier_attempt_begin(carrier_attempt *a, uint64_t now_ms)
{
	a->method = a->first;
	return begin_method(a, now_ms);
}

carrier_result carrier_attempt_opened(carrier_attempt *a, uint64_t now_ms, unsigned half)
{
	carrier_error e;

	if (a->plain)
		return take_plain(a, carrier_plain_opened(a->plain, now_ms, half));
	return take_connection(a, now_ms, carrier_conn_opened(&a->conn, &e), &e);
}

static carrier_result read_answer(carrier_attempt *a, uint64_t now_ms, uint8_t *p, size_t n,
				  size_t *used)
{
	carrier_error e;

	switch (carrier_upgrade_octets(&a->upgrade, p, n, used, &e)) {
	case UPGRADE_ACCEPTED:
		return open_tunnel(a);
	case UPGRADE_DECLINED:
		return decline(a, now_ms, &e);
	case UPGRADE_HOPELESS:
		return fail(a, &e);
	case UPGRADE_PENDING:
		break;
	}
	*used = n; /* behind the last message of the connection nothing is read (RFC 9112 9.6) */
	return CARRIER_PENDING;
}

/* Octets that may hold datagrams. */
static carrier_result read_tunnel(carrier_attempt *a, uint64_t now_ms, unsigned half, uint8_t *p,
				  size_t n, size_t *used)
{
	carrier_result r = CARRIER_PENDING;

	carrier_tunnel_begin_batch(&a->tunnel, p, n);
	if (a->plain)
		r = carrier_plain_octets(a->plain, now_ms, half, p, n, used);
	else
		carrier_tunnel_octets(&a->tunnel, p, n);
	carrier_attempt_write_reply(a);
	carrier_tunnel_end_batch(&a->tunnel);
	if (a->tunnel.broken)
		return fail(a, &a->tunnel.error);
	return a->plain ? take_plain(a, r) : r;
}

carrier_result carrier_attempt_octets(carrier_attempt *a, uint64_t now_ms, unsigned half,
				      uint8_t *p, size_t n, size_t *used)
{
	carrier_error e;

	*used = n;
	if (a->plain || a->state == ATTEMPT_UP)
		return read_tunnel(a, now_ms, half, p, n, used);
	if (a->state == ATTEMPT_ASKING)
		return read_answer(a, now_ms, p, n, used);
	return take_connection(a, now_ms, carrier_conn_octets(&a->conn, p, n, &e), &e);
}

carrier_result carrier_attempt_closed(carrier_attempt *a, uint64_t now_ms, unsigned half,
				      const char *what)
{
	carrier_error e;

	if (a->plain)
		return take_plain(a, carrier_plain_closed(a->plain, now_ms, half, what));
	if (a->state == ATTEMPT_CONNECTING) {
		carrier_conn_closed(&a->conn, what, &e);
		return take_connection(a, now_ms, CARRIER_FAILED, &e);
	}
	if (a->state == ATTEMPT_ASKING) {
		carrier_error_set(&e, CARRIER_ANSWERED, "%s is not answered: %s",
				  carrier_method_name(a->method),
				  what ? what : "the connection is closed");
		return decline(a, now_ms, &e);
	}
	carrier_error_set(&e, CARRIER_ANSWERED, "the connection to the multiplexer is lost: %s",
			  what ? what : "it was closed");
	return fail(a, &e);
}

carrier_result carrier_attempt_refused(carrier_attempt *a, uint64_t now_ms, unsigned half,
				       carrier_error_rank rank, const char *why)
{
	carrier_error e;

	if (a->plain)
		return take_plain(a, carrier_plain_refused(a->plain, now_ms, half, rank, why));
	carrier_error_set(&e, rank, "%s", why);
	return fail(a, &e);
}

/* ---- time ---- */

carrier_result carrier_attempt_timer(carrier_attempt *a, uint64_t now_ms)
{
	carrier_error e;

	if (a->plain)
		return take_plain(a, carrier_plain_timer(a->plain, now_ms));
	carrier_error_set(&e, CARRIER_SILENT, "%s is not answered", carrier_method_name(a->method));
	return decline(a, now_ms, &e);
}

uint64_t carrier_attempt_next_timer_ms(const carrier_attempt *a)
{
	return a->plain ? carrier_plain_next_timer_ms(a->plain) : a->answer_ms;
}

void carrier_attempt_time_out(carrier_attempt *a)
{
	const carrier_proxy *proxy = a->route.proxy;
	char at[ENDPOINT_STRLEN];

	if (a->error.rank == CARRIER_NO_ERROR)
		carrier_error_set(&a->error, CARRIER_SILENT, "%s%s: no answer",
				  proxy ? "proxy " : "",
				  proxy ? proxy->name : endpoint_format(&a->route.to, at));
}

void carrier_attempt_end(carrier_attempt *a)
{
	drop_method(a);
}

void carrier_attempt_finish(carrier_attempt *a)
{
	uint8_t bye[FRAMING_OVERHEAD];

	if (!a->plain) {
		size_t n = carrier_tunnel_put_close(&a->tunnel, bye);
		if (n && carrier_conn_can_write(&a->conn))
			carrier_conn_write(&a->conn, bye, n);
		carrier_conn_finish(&a->conn);
	}
	drop_method(a);
}

/* ---- the tunnel ---- */

carrier_up_event carrier_attempt_describe(const carrier_attempt *a)
{
	return (carrier_up_event){
		.method = a->method,
		.proxy = a->route.proxy ? a->route.proxy->name : NULL,
		.conn = a->plain ? carrier_plain_number(a->plain) : a->conn.number,
	};
}

bool carrier_attempt_can_write(const carrier_attempt *a, uint64_t now_ms)
{
	return a->plain ? carrier_plain_can_send(a->plain, now_ms)
			: carrier_conn_can_write(&a->conn);
}

void carrier_attempt_write(carrier_attempt *a, uint64_t now_ms, uint8_t *p, size_t n)
{
	if (a->plain)
		carrier_plain_send(a->plain, now_ms, p, n);
	else
		carrier_conn_write(&a->conn, p, n);
}

void carrier_attempt_write_reply(carrier_attempt *a)
{
	if (a->tunnel.reply_n == 0 || !carrier_conn_can_write(&a->conn))
		return;
	carrier_conn_write(&a->conn, a->tunnel.reply, a->tunnel.reply_n);
	carrier_tunnel_clear_reply(&a->tunnel);
}

void carrier_attempt_note_wait(const carrier_attempt *a, uint64_t wait_ms)
{
	const carrier_env *env = a->route.env;

	if (!a->plain)
		env->note_wait(env->ctx, a->conn.number, wait_ms);
}
