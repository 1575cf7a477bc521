/* SPDX-License-Identifier: MIT */
#include "core/relay/link.h"

#include "proto/ctl.h"
#include "proto/mip.h"

enum {
	HELLO_GAP_MS = 1000,
	HELLOS_OF_OFFER = 5, /* then a new one: an answer may take longer than a gap */
	PING_GAP_MS = 1000,
	PING_AGAIN_MS = 200, /* at least; one that was not answered */
	PINGS = 3,           /* unanswered in a row: home may have been restarted */
	SILENT_MS = 3000,
};

/* What home sent before it had a packet under the new association comes under the one before. */
static const sa_rules rules = { .max_larval = 1, .max_replaced = 1, .replaced_ms = SILENT_MS };

bool relay_link_init(relay_link *l, const relay_conf *c, const key2_set *key2, dgramq *to_home,
		     const logger *log)
{
	*l = (relay_link){ .conf = c, .log = log, .key2 = key2, .to_home = to_home, .rtt_ms = -1 };
	l->store = sa_store_new();
	if (l->store)
		sa_set_open(&l->set, l->store, &rules, l);
	return l->store != NULL;
}

void relay_link_free(relay_link *l)
{
	reg_link_drop_offer(&l->offer);
	sa_set_close(&l->set);
	sa_store_free(l->store);
}

static dgram_route own_route(const relay_link *l)
{
	return relay_conf_route(l->conf, MIP_PORT, MIP_PORT);
}

static bool make_offer(relay_link *l, uint64_t now_ntp)
{
	uint32_t spi = sa_store_pick_spi(l->store);
	uint8_t flags = l->state == RELAY_LINK_UP ? LINK_CONTINUES : 0;

	l->hellos = 0;
	l->continues = flags != 0;
	return spi && reg_link_make_offer(&l->offer, l->key2, spi, flags, now_ntp);
}

/* Home answers nobody whose key is wrong, so that the two causes look the same from here. */
static void log_silence(relay_link *l)
{
	char home[ADDR_STRLEN];

	if (l->logged_silence || l->hellos < HELLOS_OF_OFFER)
		return;
	l->logged_silence = true;
	log_warn(l->log,
		 "home %s does not answer: it is not reachable, or does not know our KEY2 (is "
		 "`key` in our "
		 "[home ...] section the one of [relay %s] there?)",
		 ip_format(&l->conf->home, home), l->conf->name);
}

static void send_hello(relay_link *l, core_time now)
{
	const dgram_route to = own_route(l);

	log_silence(l);
	if ((l->offer.own && l->hellos < HELLOS_OF_OFFER) || make_offer(l, now.ntp))
		dgramq_put(l->to_home, &to, l->offer.hello, LINK_HELLO_LEN);
	l->hellos++;
	l->last_hello_ms = now.ms;
	l->hello_ms = now.ms + HELLO_GAP_MS;
	if (l->state == RELAY_LINK_DOWN)
		l->state = RELAY_LINK_ASKING;
}

static void send_body(relay_link *l, core_time now, const wire_wr *w)
{
	const dgram_route to = own_route(l);
	sa_pair *pair = sa_set_sending(&l->set, now.ms);
	uint8_t *at = pair && !w->bad ? reg_link_reserve(l->to_home, wire_len(w)) : NULL;

	if (!at)
		return;
	memcpy(at, w->start, wire_len(w));
	reg_link_commit(l->to_home, &to, pair, now.ms, at, wire_len(w));
}

static uint64_t again_ms(const relay_link *l)
{
	double twice = 2 * l->rtt_ms;

	return twice > PING_AGAIN_MS ? (uint64_t)twice : PING_AGAIN_MS;
}

static void send_ping(relay_link *l, core_time now)
{
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);

	link_ping_put(&w, &(link_ping){ .kind = LINK_PING, .stamp = now.ntp });
	send_body(l, now, &w);
	l->last_ping_ms = now.ms;
	l->unanswered++;
	l->ping_ms = now.ms + (l->unanswered > PINGS ? (uint64_t)PING_GAP_MS : again_ms(l));
}

static void note_heard(relay_link *l, core_time now)
{
	l->heard_ms = now.ms;
	l->unanswered = 0;
	l->ping_ms = l->last_ping_ms + PING_GAP_MS;
	if (l->state ==
	    RELAY_LINK_UP) /* else a welcome is needed: home may have given up the link, too */
		l->hello_ms = UINT64_MAX;
}

void relay_link_acknowledge(relay_link *l, core_time now, uint64_t version)
{
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);

	link_ack_put(&w, version);
	send_body(l, now, &w);
}

/* Nothing that an association before this one carried belongs to a list that begins with it. */
static bool install(relay_link *l, uint64_t now_ms, const link_hello *m, bool continues)
{
	sa_pair *pair = reg_link_take_welcome(l->key2, &l->offer, m, now_ms);

	if (pair && !continues)
		sa_set_drop_all(&l->set);
	if (!pair || !sa_set_install(&l->set, pair)) {
		sa_pair_free(pair);
		return false;
	}
	sa_set_confirm(&l->set, pair, now_ms); /* home holds it already: it made the welcome */
	return true;
}

/* A welcome answers one offer, and an offer is good for one welcome. */
static relay_link_event take_welcome(relay_link *l, core_time now, const link_hello *m)
{
	bool continues = l->continues && m->flags & LINK_CONTINUES;
	char home[ADDR_STRLEN];

	if (!install(l, now.ms, m, continues))
		return RELAY_LINK_NO_EVENT;
	l->logged_refusal = l->logged_silence = l->logged_version = false;
	note_heard(l, now);
	if (continues) {
		log_debug(l->log, "link: keys renewed");
		send_ping(l, now);
		return RELAY_LINK_NO_EVENT;
	}
	if (l->state != RELAY_LINK_UP)
		log_info(l->log, "link up: home %s", ip_format(&l->conf->home, home));
	l->state = RELAY_LINK_UP;
	l->hello_ms = UINT64_MAX;
	send_ping(l, now);
	return RELAY_LINK_NEW;
}

static void log_refusal(relay_link *l, const uint8_t auth[LINK_AUTH_LEN])
{
	char home[ADDR_STRLEN];

	if (!l->offer.own || l->logged_refusal ||
	    memcmp(auth, l->offer.hello + LINK_HELLO_LEN - LINK_AUTH_LEN, LINK_AUTH_LEN) != 0)
		return;
	l->logged_refusal = true;
	log_error(l->log,
		  "home %s refuses our KEY2: is `key` in our [home ...] section the one of "
		  "[relay %s] there?",
		  ip_format(&l->conf->home, home), l->conf->name);
}

static void log_version(relay_link *l, uint8_t version)
{
	char home[ADDR_STRLEN];

	if (!l->offer.own || l->logged_version)
		return;
	l->logged_version = true;
	log_error(l->log,
		  "home %s answers with version %u of the handshake, and this relay has version %u "
		  "alone: update the older of the two",
		  ip_format(&l->conf->home, home), version, LINK_VERSION);
}

static void take_pong(relay_link *l, core_time now, const link_ping *m)
{
	uint64_t rtt = now.ntp - m->stamp;

	if (rtt >> 32 > 2)
		return; /* our clock was set meanwhile */
	l->rtt_ms = (double)rtt / 4294967.296;
}

static relay_link_event handle_sealed(relay_link *l, core_time now, const dgram_in *d,
				      wire_bytes *body)
{
	sa_pair *pair = sa_store_find_in(l->store, load_be32(d->p));
	link_ping p;

	if (!pair || !reg_link_open(pair, now.ms, d->p, d->n, body))
		return RELAY_LINK_NO_EVENT;
	note_heard(l, now);
	if (body->n && body->p[0] == LINK_ADMIT)
		return RELAY_LINK_ADMISSION;
	wire_rd r = wire_reader(body->p, body->n);
	if (link_ping_get(&r, &p) && p.kind == LINK_PONG)
		take_pong(l, now, &p);
	return RELAY_LINK_NO_EVENT;
}

/* Home was restarted, or somebody pretends that it was: one hello. */
static void handle_unknown_spi(relay_link *l, core_time now, const dgram_in *d)
{
	const sa_pair *pair = sa_set_sending(&l->set, now.ms);
	wire_rd rd = wire_reader(d->p, d->n);
	uint32_t spi;

	if (ctl_unknown_spi_get(&rd, &spi) && pair && pair->spi_out == spi &&
	    now.ms >= l->last_hello_ms + HELLO_GAP_MS && l->hello_ms > now.ms)
		send_hello(l, now);
}

static relay_link_event handle_clear(relay_link *l, core_time now, const dgram_in *d)
{
	uint8_t auth[LINK_AUTH_LEN], version;
	link_hello m;

	if (link_hello_get(d->p, d->n, &m))
		return take_welcome(l, now, &m);
	if (d->p[0] == CTL_UNKNOWN_SPI)
		handle_unknown_spi(l, now, d);
	else if (link_refused_get(d->p, d->n, auth))
		log_refusal(l, auth);
	else if (link_is_other_version(d->p, d->n, &version))
		log_version(l, version);
	return RELAY_LINK_NO_EVENT;
}

relay_link_event relay_link_handle(relay_link *l, core_time now, const dgram_in *d,
				   wire_bytes *body)
{
	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		return handle_sealed(l, now, d, body);
	case DGRAM_OWN:
		return handle_clear(l, now, d);
	default:
		return RELAY_LINK_NO_EVENT;
	}
}

static void take_down(relay_link *l)
{
	char home[ADDR_STRLEN];

	log_warn(l->log,
		 "link down: home %s does not answer; clients on its last list may still register",
		 ip_format(&l->conf->home, home));
	l->state = RELAY_LINK_DOWN;
	l->rtt_ms = -1;
	reg_link_drop_offer(&l->offer); /* it may offer to go on with the list */
}

/* The association has lived its time: hellos, until one is answered; meanwhile it is used on. */
static void renew(relay_link *l, uint64_t now_ms)
{
	uint64_t next = l->last_hello_ms + HELLO_GAP_MS;

	sa_set_tick(&l->set, now_ms);
	if (l->set.live && l->set.live->state == SA_DYING && l->hello_ms == UINT64_MAX)
		l->hello_ms = next > now_ms ? next : now_ms;
}

/* Home that was restarted does not know the association that the pings come under, and keeps silent; to a hello it
 * answers. A few lost packets are no reason for a new association, which brings home's whole list again. */
static void ping(relay_link *l, core_time now)
{
	if (l->unanswered >= PINGS && l->hello_ms == UINT64_MAX)
		send_hello(l, now);
	send_ping(l, now);
}

void relay_link_tick(relay_link *l, core_time now)
{
	if (l->state == RELAY_LINK_UP && now.ms >= l->heard_ms + SILENT_MS) {
		take_down(l);
		l->hello_ms = now.ms;
	}
	renew(l, now.ms);
	if (now.ms >= l->hello_ms)
		send_hello(l, now);
	if (l->state == RELAY_LINK_UP && now.ms >= l->ping_ms)
		ping(l, now);
}

uint64_t relay_link_next_timer_ms(const relay_link *l)
{
	uint64_t next = l->hello_ms, keys = sa_set_next_timer_ms(&l->set);

	next = keys < next ? keys : next;
	if (l->state != RELAY_LINK_UP)
		return next;
	next = l->ping_ms < next ? l->ping_ms : next;
	return l->heard_ms + SILENT_MS < next ? l->heard_ms + SILENT_MS : next;
}
