/* SPDX-License-Identifier: MIT */
/* core.c - owns the relay's modules, gives them what they borrow of each other, and decides which one a
 * datagram or a timer is for.
 *
 * * Theory of operation. Home names over the link (link.h) the clients that may register (admission.h,
 * admitted.h). A client's request is authenticated with its KEY3 (registration.h) and goes home from a port
 * that stands for the address and port it came from: the entry for it (visitors.h) is pending, carries no
 * data, and gives way to a newer one. Home's authentic consent (reply.h) makes it a visitor, for as long as
 * the registration lives; only visitors' packets are forwarded (forward.h). */
#include "core/relay/core.h"

#include "core/relay/forward.h"
#include "core/relay/link.h"
#include "core/relay/registration.h"
#include "core/relay/reply.h"
#include "proto/ctl.h"
#include "proto/mip.h"
#include <openssl/crypto.h>
#include <stdlib.h>

struct relay_core {
	const relay_conf *conf;
	key2_set key2;
	relay_visitors visitors;
	relay_admitted clients;
	relay_admission admission;
	relay_link link;
	relay_refusals refusals;
	relay_registration registration;
	relay_reply reply;
	relay_forward forward;
	uint64_t strangers, not_from_home;
};

static void init_upper(relay_core *r, const logger *log, dgramq *to_clients, dgramq *to_home)
{
	relay_admission_init(&r->admission, &r->clients, &r->visitors, log);
	relay_refusals_init(&r->refusals, r->conf, to_clients);
	r->registration = (relay_registration){ .conf = r->conf,
						.log = log,
						.key2 = &r->key2,
						.admission = &r->admission,
						.clients = &r->clients,
						.visitors = &r->visitors,
						.refusals = &r->refusals,
						.to_home = to_home };
	relay_registration_init(&r->registration);
	r->reply = (relay_reply){ .log = log,
				  .key2 = &r->key2,
				  .visitors = &r->visitors,
				  .refusals = &r->refusals,
				  .to_clients = to_clients };
	relay_forward_init(&r->forward, r->conf, &r->visitors, to_clients, to_home);
}

relay_core *relay_core_new(const relay_conf *c, const logger *log, dgramq *to_clients,
			   dgramq *to_home, err *e)
{
	relay_core *r = calloc(1, sizeof *r);

	if (!r) {
		err_set(e, ERR_LIMIT, "no memory for the relay");
		return NULL;
	}
	r->conf = c;
	init_upper(r, log, to_clients, to_home);
	if (relay_visitors_init(&r->visitors, c) && relay_admitted_init(&r->clients) &&
	    relay_link_init(&r->link, c, &r->key2, to_home, log) &&
	    key2_set_derive(c->key2, &r->key2))
		return r;
	err_set(e, ERR_LIMIT, "no memory or no random numbers for the relay");
	relay_core_free(r);
	return NULL;
}

void relay_core_free(relay_core *r)
{
	if (!r)
		return;
	relay_link_free(&r->link);
	relay_visitors_free(&r->visitors);
	relay_admitted_free(&r->clients);
	OPENSSL_cleanse(r, sizeof *r);
	free(r);
}

void relay_core_from_client(relay_core *r, core_time now, const dgram_in *d)
{
	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		relay_forward_up(&r->forward, now, d);
		break;
	case DGRAM_REQUEST:
		relay_registration_request(&r->registration, now, d);
		break;
	case DGRAM_KEEPALIVE: /* has done its work at the NAT */
		break;
	default:
		r->strangers++;
		break;
	}
}

/* From home's own port to ours. */
static void from_home_itself(relay_core *r, core_time now, const dgram_in *d)
{
	wire_bytes body;

	switch (relay_link_handle(&r->link, now, d, &body)) {
	case RELAY_LINK_NEW:
		relay_admission_restart(&r->admission);
		break;
	case RELAY_LINK_ADMISSION:
		relay_link_acknowledge(&r->link, now, relay_admission_apply(&r->admission, body));
		break;
	case RELAY_LINK_NO_EVENT:
		break;
	}
}

/* Replies and packets; of home's own messages the two by which a client learns that home lost its association. */
static bool is_for_clients(const dgram_in *d)
{
	return d->p[0] == CTL_RESTARTED || d->p[0] == CTL_UNKNOWN_SPI;
}

static void for_visitor(relay_core *r, core_time now, const dgram_in *d)
{
	relay_visitor *v = relay_visitors_at(&r->visitors, d->local_port);
	dgram_kind kind = dgram_classify(d->p, d->n);

	if (!v || d->from.port != MIP_ESP_PORT)
		return;
	if (kind == DGRAM_REPLY)
		relay_reply_handle(&r->reply, now, v, d);
	else if (kind == DGRAM_ESP || (kind == DGRAM_OWN && is_for_clients(d)))
		relay_forward_down(&r->forward, v, d);
}

void relay_core_from_home(relay_core *r, core_time now, const dgram_in *d)
{
	if (!ip_equal(&d->from.addr, &r->conf->home) || !ip_equal(&d->local, &r->conf->address)) {
		r->not_from_home++;
		return;
	}
	if (d->local_port == MIP_PORT)
		from_home_itself(r, now, d);
	else
		for_visitor(r, now, d);
}

void relay_core_tick(relay_core *r, core_time now)
{
	relay_visitor *v;

	relay_link_tick(&r->link, now);
	while ((v = relay_visitors_expire(&r->visitors, now.ms)))
		relay_reply_time_out(&r->reply, now, v);
}

uint64_t relay_core_next_timer_ms(const relay_core *r)
{
	uint64_t link = relay_link_next_timer_ms(&r->link);
	uint64_t visitors = relay_visitors_next_timer_ms(&r->visitors);

	return link < visitors ? link : visitors;
}

void relay_core_status(const relay_core *r, relay_status *out)
{
	*out = (relay_status){ .link = r->link.state,
			       .list_complete = r->admission.complete,
			       .admitted = r->clients.n,
			       .visitors = r->visitors.n_registered,
			       .pending = r->visitors.n_pending,
			       .home_rtt_ms = r->link.rtt_ms,
			       .accepted = r->reply.accepted,
			       .denied_auth = r->registration.denied_auth,
			       .denied_replay = r->registration.denied_replay,
			       .denied_malformed = r->registration.denied_malformed,
			       .timeouts = r->reply.timeouts,
			       .table_full = r->registration.table_full,
			       .up_packets = r->forward.up_packets,
			       .up_bytes = r->forward.up_bytes,
			       .down_packets = r->forward.down_packets,
			       .down_bytes = r->forward.down_bytes,
			       .strangers = r->strangers + r->forward.strangers,
			       .not_from_home = r->not_from_home,
			       .bad_replies = r->reply.bad,
			       .hints_sent = r->forward.hints_sent,
			       .hints_held_back = r->forward.hints_held_back };
}

void relay_core_each_visitor(const relay_core *r, core_time now,
			     void (*each)(void *ctx, const relay_visitor_status *v), void *ctx)
{
	for (uint32_t port = RELAY_PORT_FIRST; port < 65536; port++) {
		const relay_visitor *v = relay_visitors_at(&r->visitors, (uint16_t)port);
		if (!v || !v->registered)
			continue;
		const relay_visitor_status s = { .client = v->client,
						 .port = v->port,
						 .lifetime_s = relay_visitor_left_s(v, now.ms),
						 .up_bytes = v->up_bytes,
						 .down_bytes = v->down_bytes };
		each(ctx, &s);
	}
}
