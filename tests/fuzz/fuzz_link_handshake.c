/* SPDX-License-Identifier: MIT */
/* A handshake of a relay and home whose two messages are bent on the way, with or without KEY2 at hand. Input: an octet
 * that says who bends which, then triples of place (16 bits) and what is changed there. Without KEY2 a bent message
 * makes nothing; with it both ends agree on keys or neither has an association. */
#include "core/reg/link.h"
#include "oracle.h"

enum { BEND_HELLO = 1, BEND_WELCOME = 2, SIGN = 4 };

typedef struct handshake {
	key2_set key2;
	reg_link_offer offer;
	uint8_t hello[LINK_HELLO_LEN], welcome[LINK_HELLO_LEN];
	sa_pair *relay, *home;
} handshake;

static void sign(const handshake *h, const uint8_t *answered, uint8_t msg[LINK_HELLO_LEN])
{
	const size_t covered = LINK_HELLO_LEN - LINK_AUTH_LEN;
	uint8_t all[2 * LINK_HELLO_LEN];
	size_t n = answered ? LINK_HELLO_LEN : 0;

	if (answered)
		memcpy(all, answered, n);
	memcpy(all + n, msg, covered);
	oracle_check(auth_compute(AUTH_HMAC_SHA256_128, h->key2.link_auth, sizeof h->key2.link_auth,
				  (wire_bytes){ all, n + covered }, msg + covered));
}

static void bend(const uint8_t *p, size_t n, uint8_t msg[LINK_HELLO_LEN])
{
	for (size_t i = 0; i + 2 < n; i += 3)
		msg[load_be16(p + i) % LINK_HELLO_LEN] ^= p[i + 2];
}

static bool make_home(handshake *h)
{
	link_hello m;
	const reg_link_answer a = { .hello = &m, .spi_in = 0x31000001 };
	const core_time now = { .ms = 1000, .ntp = 1 };

	return link_hello_get(h->hello, LINK_HELLO_LEN, &m) &&
	       reg_link_verify_hello(&h->key2, &m) &&
	       reg_link_build_welcome(&h->key2, &a, now, h->welcome, &h->home);
}

static bool make_relay(handshake *h)
{
	link_hello m;

	h->relay = link_hello_get(h->welcome, LINK_HELLO_LEN, &m)
			   ? reg_link_take_welcome(&h->key2, &h->offer, &m, 1000)
			   : NULL;
	return h->relay != NULL;
}

/* What home seals, and whether the relay reads it. */
static bool agree(const handshake *h)
{
	uint8_t p[128] = { 0 };
	wire_bytes body;
	size_t n = sa_pair_seal(h->home, 1000, p, 24, ESP_NEXT_CTL);

	oracle_check(n > 0);
	return reg_link_open(h->relay, 1000, p, n, &body);
}

static void play(handshake *h, uint8_t how, const uint8_t *p, size_t n)
{
	uint8_t sent[LINK_HELLO_LEN];

	memcpy(h->hello, h->offer.hello, LINK_HELLO_LEN);
	if (how & BEND_HELLO)
		bend(p, n, h->hello);
	if (how & BEND_HELLO && how & SIGN)
		sign(h, NULL, h->hello);
	bool bent = memcmp(h->hello, h->offer.hello, LINK_HELLO_LEN) != 0;
	if (!make_home(h)) {
		oracle_check(bent);
		return;
	}
	oracle_check(!bent || how & SIGN);
	memcpy(sent, h->welcome, LINK_HELLO_LEN);
	if (how & BEND_WELCOME)
		bend(p, n, h->welcome);
	if (how & BEND_WELCOME && how & SIGN)
		sign(h, h->offer.hello, h->welcome);
	bool whole = !bent && memcmp(sent, h->welcome, LINK_HELLO_LEN) == 0;
	if (!make_relay(h))
		oracle_check(!whole);
	else
		oracle_check((whole || how & SIGN) && agree(h) == whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t key2[KEY2_LEN] = { 7 };
	handshake h = { 0 };

	if (n == 0)
		return 0;
	oracle_check(key2_set_derive(key2, &h.key2));
	oracle_check(reg_link_make_offer(&h.offer, &h.key2, 0x32000001, 0, 1));
	play(&h, data[0], data + 1, n - 1);
	reg_link_drop_offer(&h.offer);
	sa_pair_free(h.relay);
	sa_pair_free(h.home);
	return 0;
}
