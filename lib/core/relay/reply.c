/* SPDX-License-Identifier: MIT */
#include "core/relay/reply.h"

#include <openssl/crypto.h>

static bool is_authentic(const relay_reply *r, const reg_scan *s, const relay_request *q,
			 key2_registration *k2)
{
	return s->mobile_home.present && s->foreign_home.spi == r->key2->spi &&
	       reg_derive_key2(r->key2, q->spi, q->id, k2) && reg_verify_foreign_home(s, k2->auth);
}

/* Home's message as it was, with our mobile-foreign authentication (RFC 5944 3.7.3.2). */
static void send_on(relay_reply *r, const relay_visitor *v, const reg_scan *s, const reg_key3 *k)
{
	uint8_t msg[MIP_MAX_MESSAGE];

	if (s->inner_len > sizeof msg)
		return;
	memcpy(msg, s->msg.p, s->inner_len);
	size_t n =
		reg_auth_add(msg, s->inner_len, sizeof msg, MIP_EXT_MOBILE_FOREIGN, k->spi, k->key);
	if (n)
		dgramq_put(r->to_clients, &v->back, msg, n);
}

static bool make_visitor(relay_reply *r, core_time now, relay_visitor *v, const reg_scan *s,
			 const reg_key3 *k)
{
	uint16_t lifetime_s = s->reply.lifetime_s;
	bool was = v->registered;
	char from[ENDPOINT_STRLEN];

	if (!relay_visitors_register(r->visitors, v, now.ms, lifetime_s, k))
		return false;
	r->accepted++;
	log_line(r->log, was ? LOG_DEBUG : LOG_INFO, "visitor %s, port %u, for %u s",
		 endpoint_format(&v->client, from), v->port, lifetime_s);
	return true;
}

/* An authentic one. */
static void take_reply(relay_reply *r, core_time now, relay_visitor *v, const reg_scan *s,
		       const relay_request *q, const key2_registration *k2)
{
	reg_key3 k = q->key3;
	bool accepted =
		s->reply.code == MIP_ACCEPTED || s->reply.code == MIP_ACCEPTED_NO_SIMULTANEOUS;
	bool stays = accepted && s->reply.lifetime_s > 0;

	bool ok = !stays || (reg_relay_key_get(s, k2, &k) && make_visitor(r, now, v, s, &k));

	if (ok && accepted)
		relay_client_accepted(relay_client_of(v->owner), q->id);
	if (ok)
		send_on(r, v, s, &k);
	OPENSSL_cleanse(&k, sizeof k);
	if (!ok)
		r->bad++;
	else if (accepted && !stays)
		relay_visitors_remove(r->visitors, v);
	else
		relay_visitors_settle(r->visitors, v, q);
}

void relay_reply_handle(relay_reply *r, core_time now, relay_visitor *v, const dgram_in *d)
{
	reg_scan s;
	key2_registration k2;
	bool is_reply = reg_scan_message(d->p, d->n, &s) && s.is_reply;
	const relay_request *q =
		is_reply ? relay_outstanding_find(&v->outstanding, s.reply.identification) : NULL;

	if (q && is_authentic(r, &s, q, &k2))
		take_reply(r, now, v, &s, q, &k2);
	else
		r->bad++;
	OPENSSL_cleanse(&k2, sizeof k2);
}

void relay_reply_time_out(relay_reply *r, core_time now, relay_visitor *v)
{
	const relay_request *q = relay_outstanding_oldest(&v->outstanding);
	const mip_request request = { .home_address = ip4(0, 0, 0, 0),
				      .home_agent = ip_from_bytes(q->home_agent, 4) };
	const reg_relay_refusal what = { .request = &request,
					 .request_len = q->len,
					 .code = MIP_FA_TIMEOUT,
					 .identification = q->id,
					 .spi = q->key3.spi,
					 .key = q->key3.key };

	r->timeouts++;
	relay_refusals_send(r->refusals, now.ms, &v->back, what);
	relay_visitors_give_up(r->visitors, v, q);
}
