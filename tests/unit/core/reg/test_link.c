/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/link.h"

enum { HOME_SPI = 0x31000001, RELAY_SPI = 0x32000001 };
static const core_time now = { .ms = 1000, .ntp = 0xe9f1a2b300000000 };

typedef struct kit {
	key2_set key2, other;
	reg_link_offer offer;
	link_hello hello, welcome;
	uint8_t hello_msg[LINK_HELLO_LEN], welcome_msg[LINK_HELLO_LEN];
	sa_pair *relay, *home;
} kit;

static void start(kit *k)
{
	uint8_t a[KEY2_LEN] = { 1 }, b[KEY2_LEN] = { 2 };

	memset(k, 0, sizeof *k);
	assert_true(key2_set_derive(a, &k->key2) && key2_set_derive(b, &k->other));
	assert_true(reg_link_make_offer(&k->offer, RELAY_SPI));
	assert_int_equal(reg_link_build_hello(&k->key2, &k->offer, now.ntp, k->hello_msg),
			 LINK_HELLO_LEN);
	assert_true(link_hello_get(k->hello_msg, LINK_HELLO_LEN, &k->hello));
}

static void meet(kit *k)
{
	start(k);
	assert_true(reg_link_verify_hello(&k->key2, &k->hello));
	assert_int_equal(reg_link_build_welcome(&k->key2, &k->hello, HOME_SPI, now, k->welcome_msg,
						&k->home),
			 LINK_HELLO_LEN);
	assert_true(link_hello_get(k->welcome_msg, LINK_HELLO_LEN, &k->welcome));
	k->relay = reg_link_take_welcome(&k->key2, &k->offer, &k->welcome, now.ms);
	assert_non_null(k->relay);
}

static void finish(kit *k)
{
	sa_pair_free(k->relay);
	sa_pair_free(k->home);
}

/* Seals text on one side and opens it on the other. */
static bool carries(sa_pair *from, sa_pair *to, const char *text, uint8_t *copy, size_t *n)
{
	dgramq q;
	wire_bytes body;
	const dgram_route r = { 0 };

	assert_true(dgramq_init(&q));
	uint8_t *at = reg_link_reserve(&q, 100);
	memcpy(at, text, strlen(text));
	assert_true(reg_link_commit(&q, &r, from, 0, at, strlen(text)));
	*n = q.runs[0].len;
	memcpy(copy, q.bytes + q.runs[0].at, *n);
	bool ok = reg_link_open(to, 0, q.bytes + q.runs[0].at, *n, &body);
	ok = ok && body.n == strlen(text) && memcmp(body.p, text, body.n) == 0;
	dgramq_free(&q);
	return ok;
}

TEST(after_hello_and_welcome_each_side_reads_the_other)
{
	kit k;
	uint8_t copy[256];
	size_t n;

	meet(&k);
	assert_int_equal(k.home->spi_in, HOME_SPI);
	assert_true(carries(k.relay, k.home, "ping", copy, &n));
	assert_true(carries(k.home, k.relay, "pong", copy, &n));
	finish(&k);
}

TEST(only_control_messages_are_read)
{
	kit k;
	uint8_t p[256];
	wire_bytes body;

	meet(&k);
	for (unsigned next = ESP_NEXT_CTL - 1; next <= ESP_NEXT_CTL + 1; next++) {
		memset(p, 0, sizeof p);
		size_t n = esp_seal(k.relay->out, p, 20, (uint8_t)next);
		assert_true(n > 0);
		assert_int_equal(reg_link_open(k.home, 0, p, n, &body), next == ESP_NEXT_CTL);
	}
	finish(&k);
}

TEST(what_was_read_once_is_not_read_again)
{
	kit k;
	uint8_t copy[256];
	size_t n;
	wire_bytes body;

	meet(&k);
	assert_true(carries(k.relay, k.home, "ping", copy, &n));
	assert_false(reg_link_open(k.home, 0, copy, n, &body));
	finish(&k);
}

TEST(a_message_is_not_read_by_the_side_that_sent_it)
{
	kit k;
	uint8_t copy[256];
	size_t n;
	wire_bytes body;

	meet(&k);
	assert_true(carries(k.relay, k.home, "ping", copy, &n));
	store_be32(copy, k.relay->spi_in); /* reflected */
	assert_false(reg_link_open(k.relay, 0, copy, n, &body));
	finish(&k);
}

TEST(a_hello_under_another_key_is_refused)
{
	kit k;

	start(&k);
	assert_false(reg_link_verify_hello(&k.other, &k.hello));
	for (size_t i = 0; i < LINK_HELLO_LEN; i++) {
		k.hello_msg[i] ^= 1;
		if (link_hello_get(k.hello_msg, LINK_HELLO_LEN, &k.hello))
			assert_false(reg_link_verify_hello(&k.key2, &k.hello));
		k.hello_msg[i] ^= 1;
	}
}

TEST(a_welcome_to_another_hello_makes_nothing)
{
	kit k;
	reg_link_offer other;

	meet(&k);
	assert_true(reg_link_make_offer(&other, RELAY_SPI));
	assert_null(reg_link_take_welcome(&k.key2, &other, &k.welcome, now.ms));
	finish(&k);
}

TEST(a_hello_is_no_welcome)
{
	kit k;

	start(&k);
	assert_null(reg_link_take_welcome(&k.key2, &k.offer, &k.hello, now.ms));
	k.hello.type = LINK_WELCOME; /* the type is authenticated, too */
	k.hello_msg[0] = LINK_WELCOME;
	assert_null(reg_link_take_welcome(&k.key2, &k.offer, &k.hello, now.ms));
}

TEST(two_handshakes_make_different_keys)
{
	kit a, b;
	uint8_t copy[256];
	size_t n;
	wire_bytes body;

	meet(&a);
	meet(&b);
	assert_true(carries(a.relay, a.home, "ping", copy, &n));
	assert_false(reg_link_open(b.home, 0, copy, n, &body));
	finish(&a);
	finish(&b);
}

/* docs/protocol.md, section 18.5 */
static void key_of(const kit *k, const char *label, uint8_t key[36])
{
	uint8_t salt[2 * LINK_NONCE_LEN], info[64];
	wire_wr w = wire_writer(info, sizeof info);
	const uint8_t key2[KEY2_LEN] = { 1 };

	memcpy(salt, k->hello.nonce, LINK_NONCE_LEN);
	memcpy(salt + LINK_NONCE_LEN, k->welcome.nonce, LINK_NONCE_LEN);
	wire_put(&w, label, strlen(label) + 1);
	wire_put_u32(&w, RELAY_SPI);
	wire_put_u32(&w, HOME_SPI);
	assert_true(kdf_hkdf((wire_bytes){ key2, KEY2_LEN }, (wire_bytes){ salt, sizeof salt },
			     (wire_bytes){ info, wire_len(&w) }, key, 36));
}

TEST(the_keys_of_a_link_are_those_of_the_protocol)
{
	kit k;
	uint8_t to_home[36], to_relay[36], copy[256];
	size_t n;

	meet(&k);
	key_of(&k, "homeward KEY2 relay to home", to_home);
	key_of(&k, "homeward KEY2 home to relay", to_relay);
	const sa_pair_conf c = { .cipher = ESP_AES_256_GCM,
				 .esn = true,
				 .spi_in = HOME_SPI,
				 .spi_out = RELAY_SPI,
				 .key_in = to_home,
				 .key_out = to_relay,
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER } };
	sa_pair *home = sa_pair_new(&c);
	assert_non_null(home);
	assert_true(carries(k.relay, home, "ping", copy, &n));
	assert_true(carries(home, k.relay, "pong", copy, &n));
	sa_pair_free(home);
	finish(&k);
}

RUN(T(after_hello_and_welcome_each_side_reads_the_other), T(only_control_messages_are_read),
    T(what_was_read_once_is_not_read_again), T(a_message_is_not_read_by_the_side_that_sent_it),
    T(a_hello_under_another_key_is_refused), T(a_welcome_to_another_hello_makes_nothing),
    T(a_hello_is_no_welcome), T(two_handshakes_make_different_keys),
    T(the_keys_of_a_link_are_those_of_the_protocol))
