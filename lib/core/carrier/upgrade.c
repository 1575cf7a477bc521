/* SPDX-License-Identifier: MIT */
#include "core/carrier/upgrade.h"
#include "core/carrier/answer.h"

static bool on_head(void *ctx, const http_head *h)
{
	carrier_upgrade *u = ctx;
	unsigned status = http_status(h);

	if (status < 200 && status != 101)
		return true; /* RFC 9110 15.2: the final answer is still to come */
	u->head = h;
	return false;
}

bool carrier_upgrade_begin(carrier_upgrade *u, carrier_method m, const carrier_conn *c)
{
	const http_events ev = { .ctx = u, .head = on_head };
	const carrier_mux *mux = c->route->conf->mux;
	char request[CARRIER_REQUEST_MAX];

	*u = (carrier_upgrade){ .method = m };
	size_t n = m == CARRIER_CONNECT_UDP ? carrier_request_connect_udp(mux, request)
					    : carrier_request_websocket(mux, u->key, request);
	u->http = n ? http_parser_new(HTTP_RESPONSES, &ev) : NULL;
	if (u->http)
		carrier_conn_write(c, request, n);
	return u->http != NULL;
}

void carrier_upgrade_end(carrier_upgrade *u)
{
	http_parser_free(u->http);
	*u = (carrier_upgrade){ 0 };
}

static carrier_upgrade_result judge(const carrier_upgrade *u, carrier_error *e)
{
	if (u->method == CARRIER_CONNECT_UDP ? carrier_answer_is_connect_udp(u->head)
					     : carrier_answer_is_websocket(u->head, u->key))
		return UPGRADE_ACCEPTED;
	carrier_answer_explain(u->head, e);
	return e->rank == CARRIER_PORTAL ? UPGRADE_HOPELESS : UPGRADE_DECLINED;
}

carrier_upgrade_result carrier_upgrade_octets(carrier_upgrade *u, uint8_t *p, size_t n,
					      size_t *used, carrier_error *e)
{
	http_result r = http_feed(u->http, p, n);

	*used = r.used;
	if (u->head)
		return judge(u, e);
	if (!r.refuse)
		return UPGRADE_PENDING;
	carrier_error_set(e, CARRIER_ANSWERED, "the answer is not HTTP: %s", r.why);
	return UPGRADE_HOPELESS;
}
