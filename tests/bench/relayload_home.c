/* SPDX-License-Identifier: MIT */
/* relayload_home.c - what a relay needs of home: the handshake, the list of clients, pings answered, and for
 * each request the answer made for it beforehand. */
#include "relayload.h"

#include "base/clock.h"
#include <string.h>

enum { HOME_SPI = 0x31000000, WINDOW = 16 };

bool home_open(surroundings *s, err *e)
{
	s->ipip = ipip_open(&s->home, e);
	return s->ipip && dgramq_init(&s->to_relay);
}

void home_close(surroundings *s)
{
	sa_pair_free(s->sa);
	ipip_close(s->ipip);
	dgramq_free(&s->to_relay);
}

static dgram_route route(const surroundings *s, uint16_t from_port, uint16_t to_port)
{
	return (dgram_route){ .to = { .addr = s->inside, .port = to_port },
			      .from = s->home,
			      .from_port = from_port };
}

static void say(surroundings *s, const uint8_t *p, size_t n)
{
	const dgram_route r = route(s, 434, 434);
	uint8_t *at = reg_link_reserve(&s->to_relay, n);

	if (!at)
		return;
	memcpy(at, p, n);
	reg_link_commit(&s->to_relay, &r, s->sa, 0, at, n);
}

static void admit_some(surroundings *s)
{
	uint8_t body[LINK_ADMIT_HDR + LINK_ENTRIES_MAX * LINK_ENTRY_LEN];
	wire_wr w = wire_writer(body, sizeof body);
	uint32_t n = s->n - s->admitted < LINK_ENTRIES_MAX ? s->n - s->admitted : LINK_ENTRIES_MAX;
	link_admit m = { .count = (uint16_t)n, .from = s->admitted, .to = s->admitted + n };

	m.flags = m.to == s->n ? LINK_COMPLETE : 0;
	link_admit_put(&w, &m);
	for (uint32_t i = s->admitted; i < s->admitted + n; i++) {
		link_entry e = { .handle = i + 1, .spis = { s->v[i].c.pseudonym } };
		memcpy(e.key3, s->v[i].key3, KEY3_LEN);
		link_entry_put(&w, &e);
	}
	say(s, body, wire_len(&w));
	s->admitted += n;
}

static void hello(surroundings *s, const dgram_in *d)
{
	const dgram_route r = dgram_route_back(d);
	const core_time now = { .ms = clock_mono_ms(), .ntp = clock_ntp() };
	uint8_t out[LINK_HELLO_LEN];
	link_hello m;

	if (!link_hello_get(d->p, d->n, &m) || !reg_link_verify_hello(&s->key2, &m))
		return;
	const reg_link_answer a = { .hello = &m, .spi_in = HOME_SPI };
	sa_pair_free(s->sa);
	if (reg_link_build_welcome(&s->key2, &a, now, out, &s->sa))
		dgramq_put(&s->to_relay, &r, out, sizeof out);
	s->admitted = s->acked = 0;
}

static void control(surroundings *s, wire_bytes body)
{
	wire_rd a = wire_reader(body.p, body.n), p = a;
	uint8_t out[32];
	wire_wr w = wire_writer(out, sizeof out);
	uint64_t version;
	link_ping q;

	if (link_ping_get(&p, &q) && q.kind == LINK_PING) {
		link_ping_put(&w, &(link_ping){ LINK_PONG, q.stamp });
		say(s, out, wire_len(&w));
		for (int i = 0; i < WINDOW && s->admitted == 0; i++)
			admit_some(s);
	} else if (link_ack_get(&a, &version)) {
		s->acked = (uint32_t)version;
		if (s->admitted < s->n)
			admit_some(s);
	}
}

static void answer(surroundings *s, const dgram_in *d)
{
	const dgram_route r = dgram_route_back(d);
	wire_rd rd = wire_reader(d->p, d->n);
	mip_request q;

	if (!mip_request_get(&rd, &q))
		return;
	visitor *v = map_get(s->by_id, (map_key){ 0, q.identification });
	if (!v)
		return;
	v->port = d->from.port;
	dgramq_put(&s->to_relay, &r, v->answer, v->answer_len);
}

static void on_packet(void *ctx, const dgram_in *d)
{
	surroundings *s = ctx;
	wire_bytes body;

	if (d->local_port == 434 && dgram_classify(d->p, d->n) == DGRAM_OWN)
		hello(s, d);
	else if (d->local_port == 434 && s->sa && reg_link_open(s->sa, 0, d->p, d->n, &body))
		control(s, body);
	else if (dgram_classify(d->p, d->n) == DGRAM_REQUEST)
		answer(s, d);
}

void home_serve(surroundings *s)
{
	bool more = true;
	int why;

	while (more && dgramq_has_room(&s->to_relay))
		if (ipip_recv(s->ipip, on_packet, s, &more) <= 0)
			break;
	ipip_send(s->ipip, 0, 0, &s->to_relay, &why);
	dgramq_clear(&s->to_relay);
}
