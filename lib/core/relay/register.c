/* SPDX-License-Identifier: MIT */
/* register.c - registration requests of clients: authenticated as home would (row E6) before one
 * octet goes inwards. */
#include "core/relay/priv.h"

#include <openssl/crypto.h>

static void log_stranger(relay_core *r, core_time now, const dgram_in *d, const char *what)
{
	char from[ENDPOINT_STRLEN];

	if (r->log->level >= LOG_WARN && rate_take(&r->log_strangers, now.ms))
		log_warn(r->log, "refused: %s from %s", what, endpoint_format(&d->from, from));
}

void relay_refuse(relay_core *r, core_time now, const dgram_route *to, const mip_request *q,
		  size_t request_len, const relay_answer *a)
{
	uint8_t out[MIP_MAX_MESSAGE];
	const reg_relay_refusal f = {
		.request = q,
		.request_len = request_len,
		.code = a->code,
		.identification = a->identification,
		.name = r->conf->name,
		.spi = a->key3 ? a->key3->spi : 0,
		.key = a->key3 ? a->key3->key : NULL,
	};

	if (!rate_take(a->key3 ? &r->signed_answers : &r->answers, now.ms))
		return;
	size_t n = reg_relay_refusal_build(&f, out);
	if (n)
		dgramq_put(r->out, to, out, n);
}

typedef struct request { /* on its way through the checks */
	core_time now;
	const dgram_in *d;
	reg_scan s;
	relay_client *owner;
	reg_key3 key3; /* that it says it came under, then proved to */
} request;

static void refuse(relay_core *r, const request *q, uint8_t code, uint64_t id, bool proven)
{
	const dgram_route back = { .sock = q->d->sock, .to = q->d->from, .from = q->d->local };
	const relay_answer a = { code, id, proven ? &q->key3 : NULL };

	relay_refuse(r, q->now, &back, &q->s.request, q->d->n, &a);
}

static void malformed(relay_core *r, const request *q)
{
	wire_rd rd = wire_reader(q->d->p, q->d->n);
	request again = *q;

	r->count.denied_malformed++;
	log_stranger(r, q->now, q->d, "a malformed registration (70)");
	if (mip_request_get(&rd, &again.s.request))
		refuse(r, &again, MIP_FA_BAD_REQUEST, again.s.request.identification, false);
}

/* The key of an earlier registration here, or the one that home told. */
static bool find_key(relay_core *r, request *q)
{
	uint32_t spi = q->s.mobile_foreign.spi;
	const relay_visitor *v = map_get(r->by_session, map_key_u32(spi));

	if (!q->s.mobile_foreign.present)
		return false;
	q->owner = v ? v->owner : relay_client_by_spi(r, spi);
	if (!q->owner)
		return false;
	q->key3.spi = spi;
	memcpy(q->key3.key, v ? v->key3.key : q->owner->key3, KEY3_LEN);
	return true;
}

/* A relay that home has not told its clients can't tell strangers from them: another path, then. */
static void unknown(relay_core *r, const request *q)
{
	uint64_t id = q->s.request.identification;

	r->count.denied_auth++;
	if (!r->told_all) {
		refuse(r, q, MIP_FA_TIMEOUT, id, false);
		return;
	}
	log_stranger(r, q->now, q->d, "a registration that no client of home's signed (67)");
	refuse(r, q, MIP_FA_MN_FAILED_AUTH, id, false);
}

/* Home's clock decides, and what home has accepted or we have let through (RFC 5944 5.7.1). */
static bool fresh(relay_core *r, const request *q)
{
	uint64_t id = q->s.request.identification, home = relay_home_ntp(r, q->now);
	relay_client *c = q->owner;

	if (ident_check(id, c->last_id, home) == IDENT_FRESH)
		return true;
	r->count.denied_replay++;
	if (rate_take(&c->resyncs, q->now.ms))
		refuse(r, q, MIP_HA_IDENT_MISMATCH, ident_resync(id, ident_now(c->last_id, home)),
		       true);
	return false;
}

/* The entry of where it came from. Another client's there: a NAT gave the address to a new one. */
static relay_visitor *entry(relay_core *r, const request *q)
{
	relay_visitor *v = relay_visitor_of(r, q->d);

	if (v && v->owner != q->owner) {
		relay_visitor_free(r, v);
		v = NULL;
	}
	return v ? v : relay_visitor_new(r, q->d, q->owner);
}

static void remember(relay_visitor *v, const request *q)
{
	relay_ask *a = &v->asks[v->next_ask++ % RELAY_ASKS];

	*a = (relay_ask){ .id = q->s.request.identification,
			  .spi = q->s.mobile_home.spi,
			  .len = (uint16_t)q->d->n,
			  .key3 = q->key3 };
	memcpy(a->home_agent, q->s.request.home_agent.b, sizeof a->home_agent);
	if (v->asked_ms == UINT64_MAX)
		v->asked_ms = q->now.ms;
}

/* The inner message with our word for it (RFC 5944 3.7.2.2). */
static bool send_home(relay_core *r, const relay_visitor *v, const request *q)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	key2_registration k2;
	const dgram_route to = relay_to_home(r, v->port, MIP_ESP_PORT);

	if (q->s.inner_len > sizeof msg ||
	    !reg_derive_key2(&r->key2, q->s.mobile_home.spi, q->s.request.identification, &k2))
		return false;
	memcpy(msg, q->d->p, q->s.inner_len);
	size_t n = reg_auth_add(msg, q->s.inner_len, sizeof msg, MIP_EXT_FOREIGN_HOME, r->key2.spi,
				k2.auth);
	OPENSSL_cleanse(&k2, sizeof k2);
	return n && dgramq_put(r->in, &to, msg, n);
}

static void pass_on(relay_core *r, const request *q)
{
	relay_visitor *v = entry(r, q);

	if (!v) {
		r->count.table_full++;
		log_stranger(r, q->now, q->d, "the table is full (66): a registration");
		refuse(r, q, MIP_FA_RESOURCES, q->s.request.identification, true);
		return;
	}
	q->owner->last_id = q->s.request.identification;
	remember(v, q);
	relay_visitor_schedule(r, v);
	send_home(r, v, q);
}

static void judge(relay_core *r, request *q)
{
	if (!find_key(r, q) || !reg_verify_mobile_foreign(&q->s, q->key3.key))
		unknown(r, q);
	else if (fresh(r, q))
		pass_on(r, q);
}

void relay_register(relay_core *r, core_time now, const dgram_in *d)
{
	request q = { .now = now, .d = d };

	if (!reg_scan_message(d->p, d->n, &q.s) || q.s.is_reply || !q.s.mobile_home.present ||
	    d->n > MIP_MAX_MESSAGE)
		malformed(r, &q);
	else
		judge(r, &q);
	OPENSSL_cleanse(&q.key3, sizeof q.key3);
}
