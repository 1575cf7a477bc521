/* SPDX-License-Identifier: MIT */
#include "core/relay/registration.h"

#include <openssl/crypto.h>

enum { LOG_PER_S = 2, LOG_BURST = 20 };

void relay_registration_init(relay_registration *r)
{
	r->log_strangers = (rate_limit){ .per_s = LOG_PER_S, .burst = LOG_BURST };
}

typedef struct request { /* on its way through the checks */
	core_time now;
	const dgram_in *d;
	reg_scan s;
	relay_client *owner;
	reg_key3 key3; /* that it claims to come under, then proved to */
} request;

static void log_refused(relay_registration *r, const request *q, const char *what)
{
	char from[ENDPOINT_STRLEN];

	if (r->log->level >= LOG_WARN && rate_take(&r->log_strangers, q->now.ms))
		log_warn(r->log, "refused: %s from %s", what, endpoint_format(&q->d->from, from));
}

typedef enum proof { UNPROVEN, PROVEN } proof; /* does the request's sender hold q->key3? */

static void refuse(relay_registration *r, const request *q, uint8_t code, uint64_t id, proof by)
{
	const dgram_route back = dgram_route_back(q->d);
	const reg_relay_refusal what = {
		.request = &q->s.request,
		.request_len = q->d->n,
		.code = code,
		.identification = id,
		.spi = q->key3.spi,
		.key = by == PROVEN ? q->key3.key : NULL,
	};

	relay_refusals_send(r->refusals, q->now.ms, &back, what);
}

static void refuse_malformed(relay_registration *r, request *q)
{
	wire_rd rd = wire_reader(q->d->p, q->d->n);

	r->denied_malformed++;
	log_refused(r, q, "a malformed registration (70)");
	if (mip_request_get(&rd, &q->s.request))
		refuse(r, q, MIP_FA_BAD_REQUEST, q->s.request.identification, UNPROVEN);
}

/* The key of an earlier registration here, or the one that home's list has. */
static bool find_key(relay_registration *r, request *q)
{
	uint32_t spi = q->s.mobile_foreign.spi;

	if (!q->s.mobile_foreign.present)
		return false;
	const relay_visitor *v = relay_visitors_find_session(r->visitors, spi);
	q->owner = v ? relay_client_of(v->owner) : relay_admitted_find_spi(r->clients, spi);
	if (!q->owner)
		return false;
	q->key3.spi = spi;
	memcpy(q->key3.key, v ? v->key3.key : q->owner->key3, KEY3_LEN);
	return true;
}

/* A relay without home's list can't distinguish strangers from clients: 78 makes a client try another path. */
static void refuse_unauthentic(relay_registration *r, const request *q)
{
	uint64_t id = q->s.request.identification;

	r->denied_auth++;
	if (!r->admission->complete) {
		refuse(r, q, MIP_FA_TIMEOUT, id, UNPROVEN);
		return;
	}
	log_refused(r, q, "an unauthenticated registration (67)");
	refuse(r, q, MIP_FA_MN_FAILED_AUTH, id, UNPROVEN);
}

/* What home has accepted already is a recording. The rest is for home to examine: a relay that judged by a clock could
 * keep clients out, or be asked for the time by them. */
static bool is_for_home(const request *q)
{
	return (q->s.asks_time || q->s.request.identification > q->owner->last_id) &&
	       relay_client_take_request(q->owner, q->now.ms);
}

/* The entry for where it came from. Another client's there: a NAT gave the address to a new one. */
static relay_visitor *find_or_add_entry(relay_registration *r, const request *q)
{
	relay_visitor *v = relay_visitors_find(r->visitors, q->d);

	if (v && v->owner != &q->owner->entries) {
		relay_visitors_remove(r->visitors, v);
		v = NULL;
	}
	return v ? v : relay_visitors_add(r->visitors, q->d, &q->owner->entries);
}

static void await_reply(relay_registration *r, relay_visitor *v, const request *q)
{
	relay_request sent = { .id = q->s.request.identification,
			       .spi = q->s.mobile_home.spi,
			       .len = (uint16_t)q->d->n,
			       .key3 = q->key3 };

	memcpy(sent.home_agent, q->s.request.home_agent.b, sizeof sent.home_agent);
	relay_visitors_await(r->visitors, v, q->now.ms, &sent);
	OPENSSL_cleanse(&sent, sizeof sent);
}

/* The inner message, with our foreign-home authentication (RFC 5944 3.7.2.2). */
static void send_home(relay_registration *r, const relay_visitor *v, const request *q)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	key2_registration k2;
	const dgram_route to = relay_conf_route(r->conf, v->port, MIP_ESP_PORT);

	if (!reg_derive_key2(r->key2, q->s.mobile_home.spi, q->s.request.identification, &k2))
		return;
	memcpy(msg, q->d->p, q->s.inner_len);
	size_t n = reg_auth_add(msg, q->s.inner_len, sizeof msg, MIP_EXT_FOREIGN_HOME, r->key2->spi,
				k2.auth);
	OPENSSL_cleanse(&k2, sizeof k2);
	if (n)
		dgramq_put(r->to_home, &to, msg, n);
}

static void pass_on(relay_registration *r, const request *q)
{
	relay_visitor *v = find_or_add_entry(r, q);

	if (!v) {
		r->table_full++;
		log_refused(r, q, "a registration for which the table has no room (66),");
		refuse(r, q, MIP_FA_RESOURCES, q->s.request.identification, PROVEN);
		return;
	}
	await_reply(r, v, q);
	send_home(r, v, q);
}

void relay_registration_request(relay_registration *r, core_time now, const dgram_in *d)
{
	request q;

	q.now = now;
	q.d = d;
	if (!reg_scan_message(d->p, d->n, &q.s) || q.s.is_reply || !q.s.mobile_home.present ||
	    d->n > MIP_MAX_MESSAGE)
		refuse_malformed(r, &q);
	else if (!find_key(r, &q) || !reg_verify_mobile_foreign(&q.s, q.key3.key))
		refuse_unauthentic(r, &q);
	else if (!is_for_home(&q))
		r->denied_replay++;
	else
		pass_on(r, &q);
	OPENSSL_cleanse(&q.key3, sizeof q.key3);
}
