/* SPDX-License-Identifier: MIT */
/* reply.c - what home answers, or that it doesn't. Only an authentic consent makes an entry a
 * visitor's. */
#include "core/relay/priv.h"

#include <openssl/crypto.h>

/* A refusal with code 133 has home's time in the upper half (RFC 5944 5.7.1). */
static relay_ask *find_ask(relay_visitor *v, uint64_t reply_id)
{
	for (unsigned i = 0; i < RELAY_ASKS; i++)
		if (v->asks[i].id && (uint32_t)v->asks[i].id == (uint32_t)reply_id)
			return &v->asks[i];
	return NULL;
}

static bool authentic(const relay_core *r, const reg_scan *s, const relay_ask *a,
		      key2_registration *k2)
{
	return s->mobile_home.present && s->foreign_home.spi == r->key2.spi &&
	       reg_derive_key2(&r->key2, a->spi, a->id, k2) && reg_verify_foreign_home(s, k2->auth);
}

static bool accepted(const reg_scan *s)
{
	return s->reply.code == MIP_ACCEPTED || s->reply.code == MIP_ACCEPTED_NO_SIMULTANEOUS;
}

/* Home's message as it was, with ours for the client's KEY3 (RFC 5944 3.7.3.2). */
static void send_on(relay_core *r, const relay_visitor *v, const reg_scan *s, const reg_key3 *k)
{
	uint8_t msg[MIP_MAX_MESSAGE];

	if (s->inner_len > sizeof msg)
		return;
	memcpy(msg, s->msg.p, s->inner_len);
	size_t n =
		reg_auth_add(msg, s->inner_len, sizeof msg, MIP_EXT_MOBILE_FOREIGN, k->spi, k->key);
	if (n)
		dgramq_put(r->out, &v->back, msg, n);
}

static bool waits(const relay_visitor *v)
{
	for (unsigned i = 0; i < RELAY_ASKS; i++)
		if (v->asks[i].id)
			return true;
	return false;
}

static void log_visitor(relay_core *r, const relay_visitor *v, uint32_t lifetime_s, bool was)
{
	char from[ENDPOINT_STRLEN];

	log_line(r->log, was ? LOG_DEBUG : LOG_INFO, "visitor %s, port %u, for %u s",
		 endpoint_format(&v->client, from), v->port, lifetime_s);
}

static bool admit(relay_core *r, core_time now, relay_visitor *v, const reg_scan *s,
		  const key2_registration *k2, reg_key3 *k)
{
	bool was = v->registered;

	if (!reg_relay_key_get(s, k2, k) ||
	    !relay_visitor_register(r, now, v, s->reply.lifetime_s, k))
		return false;
	r->count.accepted++;
	log_visitor(r, v, s->reply.lifetime_s, was);
	return true;
}

static void answered(relay_core *r, core_time now, relay_visitor *v, const reg_scan *s,
		     relay_ask *a, const key2_registration *k2)
{
	reg_key3 k = a->key3;
	bool stays = accepted(s) && s->reply.lifetime_s > 0;
	bool leaves = accepted(s) && s->reply.lifetime_s == 0;

	if (stays && !admit(r, now, v, s, k2, &k)) {
		r->count.bad_replies++;
		return;
	}
	send_on(r, v, s, &k);
	OPENSSL_cleanse(&k, sizeof k);
	OPENSSL_cleanse(a, sizeof *a);
	v->asked_ms = !v->registered && waits(v) ? now.ms : UINT64_MAX;
	if (leaves || (!v->registered && !waits(v)))
		relay_visitor_free(r, v);
	else
		relay_visitor_schedule(r, v);
}

void relay_reply(relay_core *r, core_time now, relay_visitor *v, const dgram_in *d)
{
	reg_scan s;
	key2_registration k2;

	if (!reg_scan_message(d->p, d->n, &s) || !s.is_reply) {
		r->count.bad_replies++;
		return;
	}
	relay_ask *a = find_ask(v, s.reply.identification);
	if (a && authentic(r, &s, a, &k2))
		answered(r, now, v, &s, a, &k2);
	else
		r->count.bad_replies++;
	OPENSSL_cleanse(&k2, sizeof k2);
}

static const relay_ask *newest_ask(const relay_visitor *v)
{
	const relay_ask *found = NULL;

	for (unsigned i = 0; i < RELAY_ASKS; i++)
		if (v->asks[i].id && (!found || v->asks[i].id > found->id))
			found = &v->asks[i];
	return found;
}

void relay_home_silent(relay_core *r, core_time now, relay_visitor *v)
{
	const relay_ask *a = newest_ask(v);

	r->count.timeouts++;
	if (a) {
		const mip_request q = { .home_address = ip4(0, 0, 0, 0),
					.home_agent = ip_from_bytes(a->home_agent, 4) };
		const relay_answer say = { MIP_FA_TIMEOUT, a->id, &a->key3 };
		relay_refuse(r, now, &v->back, &q, a->len, &say);
	}
	if (!v->registered) {
		relay_visitor_free(r, v);
		return;
	}
	OPENSSL_cleanse(v->asks, sizeof v->asks);
	v->asked_ms = UINT64_MAX;
	relay_visitor_schedule(r, v);
}
