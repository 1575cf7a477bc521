/* SPDX-License-Identifier: MIT */
#include "sockets.h"
#include "names.h"

#include "base/clock.h"
#include <errno.h>
#include <string.h>

static bool open_socket(sockets *s, const endpoint *at, err *e)
{
	const udp_options o = { .local = *at, .reuse = false };
	char text[ENDPOINT_STRLEN];
	udp_sock *udp = udp_open(&o, e);

	if (!udp)
		return err_prefix(e, "listen %s", endpoint_format(at, text));
	s->udp[s->n++] = udp;
	return true;
}

bool sockets_open_ipip(sockets *s, const server_conf *c, err *e)
{
	const ip_addr any = { 0 };

	if (s->ipip || c->n_relays == 0)
		return true;
	s->ipip = ipip_open(&any, e);
	return s->ipip != NULL;
}

bool sockets_open(sockets *s, const server_conf *c, const logger *log, err *e)
{
	const endpoint defaults[] = {
		{ .addr = ip4(0, 0, 0, 0), .port = 434 },
		{ .addr = ip4(0, 0, 0, 0), .port = 4500 },
		{ .addr = { .len = 16 }, .port = 434 },
		{ .addr = { .len = 16 }, .port = 4500 },
	};
	unsigned n = c->n_listens ? c->n_listens : 4;
	const endpoint *list = c->n_listens ? c->listens : defaults;

	*s = (sockets){ .log = log, .trouble = { .per_s = 1, .burst = 5 } };
	for (unsigned i = 0; i < n; i++) {
		bool any6 = list[i].addr.len == 16 && ip_is_any(&list[i].addr);

		if (any6 && !names_has_ipv6()) /* that is no mistake of the configuration's */
			continue;
		if (!open_socket(s, &list[i], e))
			return false;
	}
	if (s->n == 0)
		return err_set(e, ERR_CONFIG, "nothing to listen on");
	return sockets_open_ipip(s, c, e);
}

static void log_refusal(sockets *s, const char *what, int why)
{
	if (rate_take(&s->trouble, clock_mono_ms()))
		log_warn(s->log, "%s: %s", what, strerror(why));
}

void sockets_send(sockets *s, const dgramq *q)
{
	for (unsigned i = 0; i < s->n; i++) {
		int why = 0;

		s->not_sent += udp_send(s->udp[i], i, q, &why);
		if (why)
			log_refusal(s, "sending", why);
	}
	if (s->ipip) {
		int why = 0;

		s->not_sent += ipip_send(s->ipip, DGRAM_RELAY, UINT32_MAX, q, &why);
		if (why && why != EMSGSIZE) /* clients find out what passes */
			log_refusal(s, "sending to relays", why);
	}
}

void sockets_close(sockets *s)
{
	for (unsigned i = 0; i < s->n; i++)
		udp_close(s->udp[i]);
	ipip_close(s->ipip);
}
