/* SPDX-License-Identifier: MIT */
/* register.c - a registration request until it is known to be authentic, and the way of answers.
 * Strangers cost a look into a map and at most a bare refusal, rate-limited and never longer than what
 * they sent; they allocate nothing. */
#include "core/home/priv.h"

#include "core/reg/ident.h"

#include <openssl/crypto.h>
#include <stdio.h>

void home_answer(home_core *h, const dgram_in *d, const uint8_t *p, size_t n)
{
	const dgram_route r = dgram_back(d);

	if (n > 0)
		dgramq_put(h->tx, &r, p, n);
}

static void log_stranger(home_core *h, core_time now, const dgram_in *d, const char *what)
{
	char from[ENDPOINT_STRLEN];

	if (h->log->level >= LOG_WARN && rate_take(&h->log_strangers, now.ms))
		log_warn(h->log, "refused: %s from %s", what, endpoint_format(&d->from, from));
}

/* A request is at least 24 octets, a bare refusal 20: no amplification. */
static void refuse_bare(home_core *h, core_time now, const dgram_in *d, const mip_request *q,
			uint8_t code)
{
	uint8_t out[MIP_REPLY_LEN];

	if (rate_take(&h->answers, now.ms))
		home_answer(h, d, out, reg_refusal_build(q, code, out));
}

static void malformed(home_core *h, core_time now, const dgram_in *d)
{
	wire_rd r = wire_reader(d->p, d->n);
	mip_request q;

	h->count.denied_malformed++;
	log_stranger(h, now, d, "a malformed registration (134)");
	if (mip_request_get(&r, &q))
		refuse_bare(h, now, d, &q, MIP_HA_BAD_REQUEST);
}

static void unknown(home_core *h, core_time now, const dgram_in *d, const mip_request *q)
{
	h->count.denied_unknown++;
	log_stranger(h, now, d, "a registration under an unknown SPI (131)");
	refuse_bare(h, now, d, q, MIP_HA_MN_FAILED_AUTH);
}

static void forged(home_core *h, core_time now, const dgram_in *d, const mip_request *q)
{
	h->count.denied_auth++;
	log_stranger(h, now, d, "a registration with a wrong authenticator (131)");
	refuse_bare(h, now, d, q, MIP_HA_MN_FAILED_AUTH);
}

bool home_refuse(home_case *k, uint8_t code, uint16_t notify, uint32_t data)
{
	k->r.code = code;
	k->r.notify = (mip_notify){ notify, data };
	return false;
}

static ip_addr agent_address(const home_core *h, const dgram_in *d)
{
	if (d->local.len == 4)
		return d->local;
	for (unsigned i = 0; i < h->conf->n_agents; i++)
		if (h->conf->agents[i].len == 4)
			return h->conf->agents[i];
	return ip4(0, 0, 0, 0);
}

static void count_refusal(home_core *h, const home_case *k)
{
	if (k->r.code == MIP_HA_IDENT_MISMATCH)
		h->count.denied_replay++;
	else if (k->r.code == MIP_HA_BAD_REQUEST)
		h->count.denied_malformed++;
	else if (k->r.code == MIP_HA_MN_FAILED_AUTH || k->r.code == MIP_HA_FA_FAILED_AUTH)
		h->count.denied_auth++;
	else
		h->count.denied_policy++;
}

static void log_refusal(home_core *h, const home_case *k)
{
	char from[ENDPOINT_STRLEN], why[80] = "";

	if (!rate_take(&h->log_clients, k->now.ms))
		return;
	if (k->r.notify.reason)
		snprintf(why, sizeof why, ": %s", mip_notify_text(k->r.notify.reason));
	log_warn(h->log, "%s refused from %s with code %u, %s%s", k->c->conf.nai,
		 endpoint_format(&k->d->from, from), k->r.code, mip_code_text(k->r.code), why);
}

static void send_reply(home_core *h, const home_case *k, const reg_reply *r)
{
	uint8_t out[MIP_MAX_MESSAGE];

	size_t n = reg_reply_build(&k->c->keys, r, out);
	home_answer(h, k->d, out, home_sign_for_relay(h, k, out, n));
}

static void refused(home_core *h, home_case *k)
{
	count_refusal(h, k);
	log_refusal(h, k);
	/* A captured request sent again and again is answered with restraint. */
	if (k->r.code == MIP_HA_IDENT_MISMATCH && !rate_take(&k->c->resyncs, k->now.ms))
		return;
	OPENSSL_cleanse(&k->r.key3, sizeof k->r.key3); /* nobody gets one */
	reg_reply r = { .code = k->r.code, .notify = k->r.notify };
	r.home_agent = k->r.home_agent;
	r.identification = k->r.identification;
	r.pseudonym = k->r.pseudonym;
	send_reply(h, k, &r);
}

static void authentic(home_core *h, core_time now, const dgram_in *d, const reg_scan *s,
		      home_client *c)
{
	home_case k = { .now = now, .d = d, .scan = s, .c = c, .next = c->state };

	k.r.home_agent = agent_address(h, d);
	k.r.identification = s->request.identification;
	k.r.pseudonym = s->mobile_home.spi;
	if (home_decide(h, &k) && home_accept(h, &k))
		send_reply(h, &k, &k.r);
	else
		refused(h, &k);
	OPENSSL_cleanse(&k.r.key3, sizeof k.r.key3);
	home_sa_free(k.sa);
	dh_free(k.dh);
}

/* A request that isn't fresh can bring no more than a resynchronisation, and whoever recorded one has
 * copies without end. So many a second are verified, for a client whose clock is wrong; nothing is
 * concluded from the others' identification but that they may wait. Who has one client's keeps that one
 * from being heard, and nobody else. */
static bool worth_verifying(home_core *h, core_time now, const reg_scan *s, home_client *c)
{
	return ident_check(s->request.identification, c->state.last_id, now.ntp) == IDENT_FRESH ||
	       (rate_take(&c->stale, now.ms) && rate_take(&h->stale, now.ms));
}

void home_register(home_core *h, core_time now, const dgram_in *d)
{
	reg_scan s;

	if (!reg_scan_message(d->p, d->n, &s) || s.is_reply || !s.mobile_home.present) {
		malformed(h, now, d);
		return;
	}
	home_client *c = map_get(h->by_pseudonym, map_key_u32(s.mobile_home.spi));
	if (!c)
		unknown(h, now, d, &s.request);
	else if (!worth_verifying(h, now, &s, c))
		h->count.denied_replay++;
	else if (!reg_verify_mobile_home(&s, &c->keys))
		forged(h, now, d, &s.request);
	else
		authentic(h, now, d, &s, c);
}
