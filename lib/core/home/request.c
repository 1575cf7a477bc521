/* SPDX-License-Identifier: MIT */
#include "core/home/request.h"

#include "core/reg/ident.h"

enum {
	STALE_PER_S = 1000, /* requests that can't be fresh and are verified all the same */
	STALE_BURST = 1000,
	LOG_PER_S = 2,
	LOG_BURST = 20,
};

void home_requests_open(home_requests *r)
{
	r->stale = (rate_limit){ .per_s = STALE_PER_S, .burst = STALE_BURST };
	r->log_limit = (rate_limit){ .per_s = LOG_PER_S, .burst = LOG_BURST };
}

static void log_stranger(home_requests *r, core_time now, const dgram_in *d, const char *what)
{
	char from[ENDPOINT_STRLEN];

	if (r->log->level >= LOG_WARN && rate_take(&r->log_limit, now.ms))
		log_warn(r->log, "refused: %s from %s", what, endpoint_format(&d->from, from));
}

static void refuse_malformed(home_requests *r, core_time now, const dgram_in *d)
{
	wire_rd rd = wire_reader(d->p, d->n);
	mip_request q;

	r->count.denied_malformed++;
	log_stranger(r, now, d, "a malformed registration (134)");
	if (mip_request_get(&rd, &q))
		home_refusals_send(r->refusals, now.ms, d, &q, MIP_HA_BAD_REQUEST);
}

static void refuse_unknown(home_requests *r, core_time now, const dgram_in *d, const mip_request *q)
{
	r->count.denied_unknown++;
	log_stranger(r, now, d, "a registration under an unknown SPI (131)");
	home_refusals_send(r->refusals, now.ms, d, q, MIP_HA_MN_FAILED_AUTH);
}

static void refuse_forged(home_requests *r, core_time now, const dgram_in *d, const mip_request *q)
{
	r->count.denied_auth++;
	log_stranger(r, now, d, "a registration with a wrong authenticator (131)");
	home_refusals_send(r->refusals, now.ms, d, q, MIP_HA_MN_FAILED_AUTH);
}

/* One with a used identification is a recording, or was overtaken: nothing comes of it. One that is skewed, and a question
 * for the time, can at most cause a resynchronisation, and may be a recording, too: a limited number a second is
 * verified. So recordings of one client can delay that client, and no other. */
static bool take_verification(home_requests *r, core_time now, home_peer *p, const reg_scan *s)
{
	uint64_t last = home_txn_last_id(&p->txns, p->credential.last_id);
	ident_verdict v = ident_check(s->request.identification, last, now.ntp);

	if (!s->asks_time && v != IDENT_SKEWED)
		return v == IDENT_FRESH;
	return home_credential_take_stale(&p->credential, now.ms) && rate_take(&r->stale, now.ms);
}

/* One under an SPI that is no client's. */
static void receive_of_stranger(home_requests *r, core_time now, const dgram_in *d,
				const reg_scan *s)
{
	const home_authority *by = r->conf->authority;

	if (!by || s->mobile_home.spi != by->spi)
		refuse_unknown(r, now, d, &s->request);
	else if (!home_txns_find_stranger(&r->registrar->txns, d)) /* else its answer is coming */
		home_registrar_begin(r->registrar, NULL, &(home_arrival){ now, d, s });
}

void home_requests_receive(home_requests *r, core_time now, const dgram_in *d)
{
	reg_scan s;

	if (!reg_scan_message(d->p, d->n, &s) || s.is_reply || !s.mobile_home.present) {
		refuse_malformed(r, now, d);
		return;
	}
	const home_credential *c = home_credentials_find(&r->peers->credentials, s.mobile_home.spi);
	if (!c) {
		receive_of_stranger(r, now, d, &s);
		return;
	}
	home_peer *p = c->owner;
	if (home_txn_find(&p->txns, s.mobile_home.spi, s.request.identification))
		return; /* its answer is coming */
	const home_arrival in = { now, d, &s };
	if (!take_verification(r, now, p, &s))
		r->count.denied_replay++;
	else if (!home_credential_verify(c, &s))
		refuse_forged(r, now, d, &s.request);
	else if (s.asks_time)
		home_registrar_state_time(r->registrar, p, &in);
	else
		home_registrar_begin(r->registrar, p, &in);
}
