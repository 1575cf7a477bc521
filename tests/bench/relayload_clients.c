/* SPDX-License-Identifier: MIT */
/* relayload_clients.c - the clients: made up, registered, and their traffic both ways. */
#include "relayload.h"

#include "base/clock.h"
#include "core/reg/relay.h"
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
enum { INFLIGHT = 256, RETRY_MS = 500, LIFETIME_S = 1800, PACKET = 1200, BURST = 50 };

static ip_addr address_of(const surroundings *s, uint32_t i)
{
	uint8_t b[4];

	store_be32(b, load_be32(s->first.b) + i);
	return ip_from_bytes(b, 4);
}

static bool make_one(surroundings *s, uint32_t i, err *e)
{
	char line[256], hex[2 * KEY0_LEN + 1];
	uint8_t key0[KEY0_LEN];
	visitor *v = &s->v[i];

	if (getrandom(key0, sizeof key0, 0) != sizeof key0)
		return err_set(e, ERR_CRYPTO, "no random numbers");
	hex_encode(key0, sizeof key0, hex);
	snprintf(line, sizeof line, "user%u@bench.example 192.168.50.9 %s 0x%08x", i, hex,
		 0x40000000u + i);
	v->c.care_of = address_of(s, i);
	return (client_parse(&v->c, line) && reg_derive_key3(key0, s->name, v->key3)) ||
	       err_set(e, ERR_CRYPTO, "client %u could not be made", i);
}

bool clients_make(surroundings *s, err *e)
{
	s->v = calloc(s->n, sizeof *s->v);
	s->by_id = map_new(42);
	s->net = net_open(&s->relay, s->relay.port, e);
	if (!s->v || !s->by_id || !s->net)
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		if (!make_one(s, i, e))
			return false;
	return true;
}

static bool make_answer(surroundings *s, visitor *v)
{
	key2_registration k2;
	reg_reply r = { .code = MIP_ACCEPTED,
			.lifetime_s = LIFETIME_S,
			.identification = v->c.request_id,
			.pseudonym = v->c.pseudonym,
			.next_pseudonym = v->c.pseudonym,
			.home4 = v->c.home4 };

	v->session.spi = 0x50000000u + (uint32_t)(v - s->v);
	if (getrandom(v->session.key, KEY3_LEN, 0) != KEY3_LEN ||
	    !reg_derive_key2(&s->key2, v->c.pseudonym, v->c.request_id, &k2))
		return false;
	r.key3 = v->session;
	size_t n = reg_reply_build(&v->c.keys, &r, v->answer);
	n = n ? reg_relay_key_add(v->answer, n, sizeof v->answer, &k2, &v->session) : 0;
	n = n ? reg_auth_add(v->answer, n, sizeof v->answer, MIP_EXT_FOREIGN_HOME, s->key2.spi,
			     k2.auth)
	      : 0;
	v->answer_len = (uint16_t)n;
	return n > 0;
}

static bool prepare_one(surroundings *s, uint32_t i, err *e)
{
	visitor *v = &s->v[i];

	if (!client_prepare(&v->c, i, e))
		return false;
	size_t n = client_request(&v->c, &s->home, LIFETIME_S, v->request);
	n = n ? reg_auth_add(v->request, n, sizeof v->request, MIP_EXT_MOBILE_FOREIGN,
			     v->c.pseudonym, v->key3)
	      : 0;
	v->request_len = (uint16_t)n;
	v->answered = false;
	return (n && make_answer(s, v) && map_put(s->by_id, (map_key){ 0, v->c.request_id }, v)) ||
	       err_set(e, ERR_CRYPTO, "a request could not be made");
}

bool clients_prepare(surroundings *s, err *e)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (!prepare_one(s, i, e))
			return false;
	return true;
}

static bool send_request(surroundings *s, visitor *v, err *e)
{
	net_dgram *d = net_slot(s->net);

	if (!d && !net_flush(s->net, e))
		return false;
	d = d ? d : net_slot(s->net);
	d->ours = v->c.care_of;
	d->n = v->request_len;
	memcpy(d->p, v->request, v->request_len);
	net_commit(s->net);
	return true;
}

/* What the relay says must be home's own consent, vouched for with the KEY3 home made. */
static bool is_good(const visitor *v, const net_dgram *d)
{
	reg_scan r;

	return reg_scan_message(d->p, d->n, &r) && r.is_reply && r.reply.code == MIP_ACCEPTED &&
	       r.reply.identification == v->c.request_id &&
	       reg_verify_mobile_foreign(&r, v->session.key);
}

static void take(surroundings *s, const net_dgram *d, uint32_t *answered, uint32_t *wrong)
{
	uint32_t i = load_be32(d->ours.b) - load_be32(s->first.b);

	if (i >= s->n || s->v[i].answered)
		return;
	s->v[i].answered = true;
	++*answered;
	*wrong += !is_good(&s->v[i], d);
}

bool clients_register(surroundings *s, double *seconds, uint32_t *answered, uint32_t *wrong, err *e)
{
	uint64_t start = clock_mono_us(), end = start + 6000000; /* identifications age */
	uint32_t next = 0;

	*answered = *wrong = 0;
	while (*answered < s->n && clock_mono_us() < end) {
		const net_dgram *in;
		for (; next < s->n && next - *answered < INFLIGHT; next++)
			if (!send_request(s, &s->v[next], e))
				return false;
		if (!net_flush(s->net, e))
			return false;
		home_serve(s);
		unsigned n = net_receive(s->net, 0, &in);
		for (unsigned i = 0; i < n; i++)
			take(s, &in[i], answered, wrong);
	}
	*seconds = (double)(clock_mono_us() - start) / 1e6;
	return true;
}

/* As a client's own send: one message, cut by the kernel, from that client's address. */
static void burst(int fd, const surroundings *s, uint32_t i, uint8_t *payload)
{
	struct sockaddr_storage to;
	struct iovec iov = { payload, (size_t)PACKET * BURST };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in_pktinfo)) +
						 CMSG_SPACE(sizeof(uint16_t))] = { 0 };
	struct msghdr h = { .msg_name = &to,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct in_pktinfo from = { 0 };
	uint16_t seg = PACKET;
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);

	h.msg_namelen = endpoint_to_sockaddr(&s->relay, &to);
	memcpy(&from.ipi_spec_dst, s->v[i].c.care_of.b, 4);
	*c = (struct cmsghdr){ .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO };
	c->cmsg_len = CMSG_LEN(sizeof from);
	memcpy(CMSG_DATA(c), &from, sizeof from);
	c = CMSG_NXTHDR(&h, c);
	*c = (struct cmsghdr){ .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT };
	c->cmsg_len = CMSG_LEN(sizeof seg);
	memcpy(CMSG_DATA(c), &seg, sizeof seg);
	if (sendmsg(fd, &h, 0) < 0)
		usleep(10);
}

void send_up(surroundings *s, uint32_t flows, double seconds)
{
	static uint8_t payload[PACKET * BURST];
	uint64_t end = clock_mono_us() + (uint64_t)(seconds * 1e6);

	for (int k = 0; k < BURST; k++)
		store_be32(payload + k * PACKET, HOME_ESP_SPI);
	for (uint32_t i = 0; clock_mono_us() < end; i++) {
		burst(net_fd(s->net), s, i % flows, payload);
		if (i % 64 == 0)
			home_serve(s);
	}
}

void send_down(surroundings *s, uint32_t flows, double seconds)
{
	static uint8_t payload[PACKET];
	uint64_t end = clock_mono_us() + (uint64_t)(seconds * 1e6);
	int why;

	store_be32(payload, HOME_ESP_SPI);
	for (uint32_t i = 0; clock_mono_us() < end; i++) {
		const dgram_route r = { .to = { .addr = s->inside, .port = s->v[i % flows].port },
					.from = s->home,
					.from_port = MIP_ESP_PORT };
		for (int k = 0; k < BURST; k++)
			dgramq_put(&s->to_relay, &r, payload, sizeof payload);
		ipip_send(s->ipip, 0, 0, &s->to_relay, &why);
		dgramq_clear(&s->to_relay);
		if (i % 64 == 0)
			home_serve(s);
	}
}
