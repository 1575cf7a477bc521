/* SPDX-License-Identifier: MIT */
/* home.c - the relay's own talk with home: a handshake under KEY2, then the list of clients and
 * home's clock, kept alive by a ping a second. When home does not answer the relay goes on with what it
 * has, and says hello until it is answered. */
#include "core/relay/priv.h"

enum {
	HELLO_GAP_MS = 1000,
	HELLOS_OF_OFFER = 5, /* then a new one: an answer may take longer than a gap */
	PING_GAP_MS = 1000,
	SILENT_MS = 3000,
};

void relay_home_free(relay_core *r)
{
	link_sa_drop(&r->link.sa);
}

static dgram_route own_route(const relay_core *r)
{
	return relay_to_home(r, RELAY_OWN_PORT, RELAY_OWN_PORT);
}

static void say_hello(relay_core *r, core_time now)
{
	relay_link *l = &r->link;
	const dgram_route to = own_route(r);
	uint8_t out[LINK_HELLO_LEN];

	if (!l->offer.spi || l->hellos >= HELLOS_OF_OFFER) {
		l->hellos = 0;
		if (!link_offer_make(&l->offer))
			l->offer.spi = 0;
	}
	size_t n = l->offer.spi ? link_hello_build(&r->key2, &l->offer, now.ntp, out) : 0;
	if (n)
		dgramq_put(r->in, &to, out, n);
	l->hellos++;
	l->said_ms = now.ms;
	l->hello_ms = now.ms + HELLO_GAP_MS;
	if (l->state == RELAY_LINK_DOWN)
		l->state = RELAY_LINK_ASKING;
}

static void send_body(relay_core *r, const wire_wr *w)
{
	const dgram_route to = own_route(r);
	size_t n = wire_len(w);
	uint8_t *at = w->bad ? NULL : link_room(r->in, n);

	if (!at)
		return;
	memcpy(at, w->start, n);
	link_commit(r->in, &to, &r->link.sa, at, n);
}

static void ping(relay_core *r, core_time now)
{
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);

	link_ping_put(&w, &(link_ping){ .kind = LINK_PING, .stamp = now.ntp, .time = now.ntp });
	send_body(r, &w);
	r->link.ping_ms = now.ms + PING_GAP_MS;
}

static void acknowledge(relay_core *r)
{
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);

	link_ack_put(&w, r->link.version);
	send_body(r, &w);
}

/* A welcome answers one offer, and an offer is good for one welcome: a second would make the same keys
 * once more. */
static void welcomed(relay_core *r, core_time now, const link_hello *m)
{
	relay_link *l = &r->link;
	char home[ADDR_STRLEN];
	link_sa sa;

	if (!l->offer.spi || !link_welcome_take(&r->key2, &l->offer, m, &sa))
		return;
	link_sa_drop(&l->sa);
	l->sa = sa;
	l->offer.spi = 0;
	l->begun = l->told_wrong = l->told_silent = false;
	l->version = 0;
	l->offset = (int64_t)(m->time - now.ntp);
	l->hello_ms = UINT64_MAX;
	l->heard_ms = now.ms;
	if (l->state != RELAY_LINK_UP)
		log_info(r->log, "home %s is there", ip_format(&r->conf->home, home));
	l->state = RELAY_LINK_UP;
	ping(r, now);
}

static void refused(relay_core *r, const uint8_t nonce[LINK_NONCE_LEN])
{
	relay_link *l = &r->link;
	char home[ADDR_STRLEN];

	if (!l->offer.spi || l->told_wrong || memcmp(nonce, l->offer.nonce, LINK_NONCE_LEN) != 0)
		return;
	l->told_wrong = true;
	log_error(r->log,
		  "home %s refuses our KEY2: is `key` in our [home ...] section the one of "
		  "[relay %s] there?",
		  ip_format(&r->conf->home, home), r->conf->name);
}

/* The clocks' difference, to half a round trip; and that round trip. */
static void pong(relay_core *r, core_time now, const link_ping *m)
{
	uint64_t rtt = now.ntp - m->stamp;

	if (rtt >> 32 > 2)
		return; /* our clock was set meanwhile */
	r->link.rtt_ms = (double)rtt / 4294967.296;
	r->link.offset = (int64_t)(m->time + rtt / 2 - now.ntp);
}

static void control(relay_core *r, core_time now, wire_bytes body)
{
	wire_rd rd = wire_reader(body.p, body.n);
	link_ping p;

	r->link.heard_ms = now.ms;
	if (body.n && body.p[0] == LINK_ADMIT) {
		relay_admit(r, &rd);
		acknowledge(r);
	} else if (link_ping_get(&rd, &p) && p.kind == LINK_PONG) {
		pong(r, now, &p);
	}
}

/* Home was restarted, or somebody wants us to think so: a hello more. */
static void unknown_spi(relay_core *r, core_time now, const dgram_in *d)
{
	relay_link *l = &r->link;
	wire_rd rd = wire_reader(d->p, d->n);
	uint32_t spi;

	if (ctl_unknown_spi_get(&rd, &spi) && l->sa.out && esp_sa_spi(l->sa.out) == spi &&
	    now.ms >= l->said_ms + HELLO_GAP_MS && l->hello_ms > now.ms)
		say_hello(r, now);
}

static void own_message(relay_core *r, core_time now, const dgram_in *d)
{
	uint8_t nonce[LINK_NONCE_LEN];
	link_hello m;

	if (d->p[0] == CTL_UNKNOWN_SPI)
		unknown_spi(r, now, d);
	else if (link_hello_get(d->p, d->n, &m))
		welcomed(r, now, &m);
	else if (link_refused_get(d->p, d->n, nonce))
		refused(r, nonce);
}

void relay_home_datagram(relay_core *r, core_time now, const dgram_in *d)
{
	wire_bytes body;

	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		if (link_open(&r->link.sa, d->p, d->n, &body))
			control(r, now, body);
		break;
	case DGRAM_OWN:
		own_message(r, now, d);
		break;
	default:
		break;
	}
}

static void silent(relay_core *r)
{
	relay_link *l = &r->link;
	char home[ADDR_STRLEN];

	if (!l->told_silent)
		log_warn(r->log, "home %s does not answer: going on with what it told",
			 ip_format(&r->conf->home, home));
	l->told_silent = true;
	l->state = RELAY_LINK_DOWN;
	l->rtt_ms = -1;
}

void relay_home_tick(relay_core *r, core_time now)
{
	relay_link *l = &r->link;

	if (l->state == RELAY_LINK_UP && now.ms >= l->heard_ms + SILENT_MS) {
		silent(r);
		l->hello_ms = now.ms;
	}
	if (now.ms >= l->hello_ms)
		say_hello(r, now);
	if (l->state == RELAY_LINK_UP && now.ms >= l->ping_ms)
		ping(r, now);
}

uint64_t relay_home_due(const relay_core *r)
{
	const relay_link *l = &r->link;
	uint64_t due = l->hello_ms;

	if (l->state != RELAY_LINK_UP)
		return due;
	due = l->ping_ms < due ? l->ping_ms : due;
	return l->heard_ms + SILENT_MS < due ? l->heard_ms + SILENT_MS : due;
}
