/* SPDX-License-Identifier: MIT */
#include "core/carrier/conn.h"
#include <string.h>

void carrier_conn_init(carrier_conn *c, carrier_route *r, unsigned number)
{
	*c = (carrier_conn){ .route = r, .number = number };
}

void carrier_conn_close(carrier_conn *c)
{
	const carrier_env *env = c->route->env;

	if (c->state != CONN_CLOSED)
		env->close(env->ctx, c->number);
	carrier_connect_end(&c->connect);
	c->state = CONN_CLOSED;
}

void carrier_conn_finish(carrier_conn *c)
{
	const carrier_env *env = c->route->env;

	env->finish(env->ctx, c->number);
	c->state = CONN_CLOSED;
}

/* Is CONNECT to be sent first? */
static bool needs_connect(const carrier_route *r)
{
	return r->proxy && r->proxy->kind == PROXY_HTTP && !r->absolute;
}

static void describe(const carrier_route *r, const char *what, carrier_error *e)
{
	const carrier_mux *m = r->conf->mux;
	/* A certificate explains more than a silent network. */
	carrier_error_rank rank =
		strstr(what, "certificate") ? CARRIER_ANSWERED : CARRIER_UNREACHABLE;
	char at[ENDPOINT_STRLEN];

	if (!r->proxy)
		carrier_error_set(e, rank, "%s: %s", endpoint_format(&r->to, at), what);
	else if (r->absolute)
		carrier_error_set(e, rank, "proxy %s: %s", r->proxy->name, what);
	else
		carrier_error_set(e, rank, "%s:%u by proxy %s: %s", m->host, m->port,
				  r->proxy->name, what);
}

static carrier_result fail(carrier_conn *c, const char *what, carrier_error *e)
{
	bool by_proxy = needs_connect(c->route) && c->state != CONN_STARTING_TLS;

	if (by_proxy)
		carrier_error_set(e, CARRIER_UNREACHABLE, "proxy %s: %s", c->route->proxy->name,
				  what);
	else
		describe(c->route, what, e);
	return CARRIER_FAILED;
}

carrier_result carrier_conn_open(carrier_conn *c, carrier_error *e)
{
	const carrier_route *r = c->route;
	const carrier_env *env = r->env;
	bool socks = r->proxy && r->proxy->kind != PROXY_HTTP;
	const carrier_target t = { .to = r->to,
				   .socks = socks ? r->proxy : NULL,
				   .tls = r->conf->mux->https && !needs_connect(r) };
	err why = { 0 };

	if (!env->open(env->ctx, c->number, &t, &why)) {
		if (!socks)
			return fail(c, why.text, e);
		carrier_error_set(e, CARRIER_UNREACHABLE, "%s", why.text);
		return CARRIER_FAILED;
	}
	c->state = CONN_OPENING;
	return CARRIER_PENDING;
}

static carrier_result ask_proxy(carrier_conn *c, carrier_error *e)
{
	carrier_route *r = c->route;
	char request[CARRIER_CONNECT_MAX];
	size_t n = carrier_connect_begin(&c->connect, r->conf->mux, r->proxy, &r->auth, request);

	if (n == 0)
		return fail(c, "no memory", e);
	c->state = CONN_ASKING_PROXY;
	carrier_conn_write(c, request, n);
	explicit_bzero(request, sizeof request);
	return CARRIER_PENDING;
}

static carrier_result become_open(carrier_conn *c)
{
	c->state = CONN_OPEN;
	return CARRIER_READY;
}

carrier_result carrier_conn_opened(carrier_conn *c, carrier_error *e)
{
	if (c->state == CONN_OPENING && needs_connect(c->route))
		return ask_proxy(c, e);
	return become_open(c);
}

static carrier_result start_tls(carrier_conn *c, carrier_error *e)
{
	const carrier_env *env = c->route->env;
	err why = { 0 };

	c->state = CONN_STARTING_TLS;
	if (!env->start_tls(env->ctx, c->number, &why))
		return fail(c, why.text, e);
	return CARRIER_PENDING;
}

static carrier_result ask_again(carrier_conn *c, carrier_error *e)
{
	carrier_conn_close(c);
	return carrier_conn_open(c, e);
}

carrier_result carrier_conn_octets(carrier_conn *c, uint8_t *p, size_t n, carrier_error *e)
{
	carrier_route *r = c->route;

	if (c->state != CONN_ASKING_PROXY)
		return CARRIER_PENDING;
	switch (carrier_connect_octets(&c->connect, r->proxy, &r->auth, p, n, e)) {
	case CONNECT_PENDING:
		return CARRIER_PENDING;
	case CONNECT_ACCEPTED:
		carrier_connect_end(&c->connect);
		return r->conf->mux->https ? start_tls(c, e) : become_open(c);
	case CONNECT_CHALLENGE:
		return ask_again(c, e);
	case CONNECT_FAILED:
		break;
	}
	r->absolute = e->rank == CARRIER_REFUSED && !r->conf->mux->https;
	return CARRIER_FAILED;
}

void carrier_conn_closed(carrier_conn *c, const char *what, carrier_error *e)
{
	fail(c, what ? what : "closed the connection", e);
}

void carrier_conn_write(const carrier_conn *c, const void *p, size_t n)
{
	const carrier_env *env = c->route->env;

	env->write(env->ctx, c->number, p, n);
}

bool carrier_conn_can_write(const carrier_conn *c)
{
	const carrier_env *env = c->route->env;

	return !env->is_full(env->ctx, c->number);
}
