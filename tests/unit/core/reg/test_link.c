/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/link.h"
#include <openssl/sha.h>

enum { HOME_SPI = 0x31000001, RELAY_SPI = 0x32000001 };
static const core_time now = { .ms = 1000, .ntp = 0xe9f1a2b300000000 };

typedef struct kit {
	key2_set key2, other;
	reg_link_offer offer;
	link_hello hello, welcome;
	uint8_t hello_msg[LINK_HELLO_LEN], welcome_msg[LINK_HELLO_LEN];
	uint8_t shared[DH_MAX_VALUE]; /* what nobody keeps */
	sa_pair *relay, *home;
} kit;

static void start(kit *k)
{
	uint8_t a[KEY2_LEN] = { 1 }, b[KEY2_LEN] = { 2 };

	memset(k, 0, sizeof *k);
	assert_true(key2_set_derive(a, &k->key2) && key2_set_derive(b, &k->other));
	assert_true(reg_link_make_offer(&k->offer, &k->key2, RELAY_SPI, 0, now.ntp));
	memcpy(k->hello_msg, k->offer.hello, LINK_HELLO_LEN);
	assert_true(link_hello_get(k->hello_msg, LINK_HELLO_LEN, &k->hello));
}

static bool answer(kit *k)
{
	const reg_link_answer a = { .hello = &k->hello, .spi_in = HOME_SPI };

	return reg_link_build_welcome(&k->key2, &a, now, k->welcome_msg, &k->home);
}

static void meet(kit *k)
{
	start(k);
	assert_true(reg_link_verify_hello(&k->key2, &k->hello));
	assert_true(answer(k));
	assert_true(link_hello_get(k->welcome_msg, LINK_HELLO_LEN, &k->welcome));
	const wire_bytes value = { k->welcome.value, LINK_VALUE_LEN };
	assert_int_equal(dh_shared(k->offer.own, value, k->shared, NULL), LINK_SHARED_LEN);
	k->relay = reg_link_take_welcome(&k->key2, &k->offer, &k->welcome, now.ms);
	assert_non_null(k->relay);
}

static void finish(kit *k)
{
	reg_link_drop_offer(&k->offer);
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

/* An octet of it changed, its authenticator left. */
TEST(a_hello_under_another_key_or_changed_is_refused)
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
	finish(&k);
}

TEST(a_welcome_that_was_changed_makes_nothing_and_leaves_the_offer)
{
	kit k;

	start(&k);
	assert_true(answer(&k));
	for (size_t i = 0; i < LINK_HELLO_LEN; i++) {
		k.welcome_msg[i] ^= 1;
		if (link_hello_get(k.welcome_msg, LINK_HELLO_LEN, &k.welcome))
			assert_null(reg_link_take_welcome(&k.key2, &k.offer, &k.welcome, now.ms));
		k.welcome_msg[i] ^= 1;
	}
	assert_true(link_hello_get(k.welcome_msg, LINK_HELLO_LEN, &k.welcome));
	k.relay = reg_link_take_welcome(&k.key2, &k.offer, &k.welcome, now.ms);
	assert_non_null(k.relay);
	finish(&k);
}

/* Its authenticator covers the hello that it answers. */
TEST(a_welcome_to_another_hello_makes_nothing)
{
	kit k;
	reg_link_offer other = { 0 };

	meet(&k);
	assert_true(reg_link_make_offer(&other, &k.key2, RELAY_SPI, 0, now.ntp));
	assert_null(reg_link_take_welcome(&k.key2, &other, &k.welcome, now.ms));
	reg_link_drop_offer(&other);
	finish(&k);
}

TEST(an_offer_is_used_up_by_its_welcome_and_its_key_wiped)
{
	kit k;
	static const reg_link_offer none;

	meet(&k);
	assert_memory_equal(&k.offer, &none, sizeof none);
	assert_null(reg_link_take_welcome(&k.key2, &k.offer, &k.welcome, now.ms));
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
	finish(&k);
}

/* The holder of KEY2 itself may not choose the secret: values of small order (RFC 7748 6.1, 7). */
static void sign(const kit *k, const uint8_t *answered, uint8_t msg[LINK_HELLO_LEN])
{
	const size_t covered = LINK_HELLO_LEN - LINK_AUTH_LEN;
	uint8_t all[2 * LINK_HELLO_LEN];
	size_t n = 0;

	if (answered)
		memcpy(all, answered, n = LINK_HELLO_LEN);
	memcpy(all + n, msg, covered);
	assert_true(auth_compute(AUTH_HMAC_SHA256_128, k->key2.link_auth, 32,
				 (wire_bytes){ all, n + covered }, msg + covered));
}

static const uint8_t *small_value(unsigned i)
{
	static const uint8_t values[][LINK_VALUE_LEN] = {
		{ 0 },
		{ 1 },
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
		  0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
		  0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
	};

	return i < sizeof values / sizeof values[0] ? values[i] : NULL;
}

TEST(values_that_make_the_secret_zero_are_refused_by_home)
{
	kit k;

	start(&k);
	for (unsigned i = 0; small_value(i); i++) {
		memcpy(k.hello_msg + 16, small_value(i), LINK_VALUE_LEN);
		sign(&k, NULL, k.hello_msg);
		assert_true(link_hello_get(k.hello_msg, LINK_HELLO_LEN, &k.hello));
		assert_true(reg_link_verify_hello(&k.key2, &k.hello));
		assert_false(answer(&k));
		assert_null(k.home);
	}
	finish(&k);
}

TEST(values_that_make_the_secret_zero_are_refused_by_the_relay)
{
	kit k;

	start(&k);
	assert_true(answer(&k));
	for (unsigned i = 0; small_value(i); i++) {
		memcpy(k.welcome_msg + 16, small_value(i), LINK_VALUE_LEN);
		sign(&k, k.hello_msg, k.welcome_msg);
		assert_true(link_hello_get(k.welcome_msg, LINK_HELLO_LEN, &k.welcome));
		assert_null(reg_link_take_welcome(&k.key2, &k.offer, &k.welcome, now.ms));
	}
	finish(&k);
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

/* docs/protocol.md, section 18.5; secret: in place of the shared value. */
static sa_pair *home_of(const kit *k, wire_bytes secret)
{
	const char *const labels[] = { "homeward link relay to home",
				       "homeward link home to relay" };
	const uint8_t key2[KEY2_LEN] = { 1 };
	uint8_t both[2 * LINK_HELLO_LEN], salt[32], ikm[64 + KEY2_LEN], keys[2][36];
	wire_wr w = wire_writer(ikm, sizeof ikm);

	memcpy(both, k->hello_msg, LINK_HELLO_LEN);
	memcpy(both + LINK_HELLO_LEN, k->welcome_msg, LINK_HELLO_LEN);
	SHA256(both, sizeof both, salt);
	wire_put_bytes(&w, secret);
	wire_put(&w, key2, sizeof key2);
	for (int i = 0; i < 2; i++)
		assert_true(kdf_hkdf((wire_bytes){ ikm, wire_len(&w) },
				     (wire_bytes){ salt, sizeof salt },
				     (wire_bytes){ (const uint8_t *)labels[i], strlen(labels[i]) },
				     keys[i], sizeof keys[i]));
	const sa_pair_conf c = { .cipher = ESP_AES_256_GCM,
				 .esn = true,
				 .spi_in = HOME_SPI,
				 .spi_out = RELAY_SPI,
				 .key_in = keys[0],
				 .key_out = keys[1],
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER } };
	sa_pair *home = sa_pair_new(&c);
	assert_non_null(home);
	return home;
}

TEST(the_keys_of_a_link_are_those_of_the_protocol)
{
	kit k;
	uint8_t copy[256];
	size_t n;

	meet(&k);
	sa_pair *home = home_of(&k, (wire_bytes){ k.shared, LINK_SHARED_LEN });
	assert_true(carries(k.relay, home, "ping", copy, &n));
	assert_true(carries(home, k.relay, "pong", copy, &n));
	sa_pair_free(home);
	finish(&k);
}

/* Keys of version 1, which were derived from KEY2 and what anybody could record; here the values are the nonces. */
static sa_pair *home_of_version_1(const kit *k)
{
	const uint8_t key2[KEY2_LEN] = { 1 };
	uint8_t salt[2 * LINK_VALUE_LEN], info[64], key[36];
	wire_wr w = wire_writer(info, sizeof info);
	const char label[] = "homeward KEY2 relay to home";

	memcpy(salt, k->hello.value, LINK_VALUE_LEN);
	memcpy(salt + LINK_VALUE_LEN, k->welcome.value, LINK_VALUE_LEN);
	wire_put(&w, label, sizeof label);
	wire_put_u32(&w, RELAY_SPI);
	wire_put_u32(&w, HOME_SPI);
	assert_true(kdf_hkdf((wire_bytes){ key2, KEY2_LEN }, (wire_bytes){ salt, sizeof salt },
			     (wire_bytes){ info, wire_len(&w) }, key, sizeof key));
	const sa_pair_conf c = { .cipher = ESP_AES_256_GCM,
				 .esn = true,
				 .spi_in = HOME_SPI,
				 .spi_out = RELAY_SPI,
				 .key_in = key,
				 .key_out = key,
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER } };
	return sa_pair_new(&c);
}

static bool opens(sa_pair *thief, const uint8_t *recorded, size_t n)
{
	uint8_t copy[256];
	wire_bytes body;

	memcpy(copy, recorded, n);
	bool ok = reg_link_open(thief, 0, copy, n, &body);
	sa_pair_free(thief);
	return ok;
}

/* Somebody recorded the handshake and a message, and learns KEY2 later: all that it could take for the shared value is
 * what travelled, or what does not depend on the exchange. */
TEST(who_learns_key2_later_opens_nothing_recorded)
{
	kit k;
	uint8_t recorded[256];
	const uint8_t zeros[LINK_SHARED_LEN] = { 0 };
	size_t n;

	meet(&k);
	assert_true(carries(k.relay, k.home, "ping", recorded, &n));
	const wire_bytes guesses[] = { { NULL, 0 },
				       { zeros, sizeof zeros },
				       { k.hello.value, LINK_VALUE_LEN },
				       { k.welcome.value, LINK_VALUE_LEN } };
	for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++)
		assert_false(opens(home_of(&k, guesses[i]), recorded, n));
	assert_false(opens(home_of_version_1(&k), recorded, n));
	assert_true(opens(home_of(&k, (wire_bytes){ k.shared, LINK_SHARED_LEN }), recorded, n));
	finish(&k);
}

/* Nor does who learns the shared value, but not KEY2. */
TEST(without_key2_the_shared_value_opens_nothing)
{
	kit k;
	uint8_t recorded[256];
	size_t n;

	meet(&k);
	assert_true(carries(k.relay, k.home, "ping", recorded, &n));
	const link_key_input in = { .shared = { k.shared, LINK_SHARED_LEN },
				    .key2 = k.other.key2,
				    .hello = { k.hello_msg, LINK_HELLO_LEN },
				    .welcome = { k.welcome_msg, LINK_HELLO_LEN } };
	link_keys keys;
	assert_true(reg_derive_link_keys(&in, &keys));
	const sa_pair_conf c = { .cipher = ESP_AES_256_GCM,
				 .esn = true,
				 .spi_in = HOME_SPI,
				 .spi_out = RELAY_SPI,
				 .key_in = keys.to_home,
				 .key_out = keys.to_relay,
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER } };
	assert_false(opens(sa_pair_new(&c), recorded, n));
	finish(&k);
}

TEST(an_association_ends_by_time_at_both_ends_and_asks_the_relay_for_another_before)
{
	kit k;

	meet(&k);
	assert_false(sa_pair_is_worn(k.relay, now.ms + REG_LINK_RENEW_MS - 1));
	assert_true(sa_pair_is_worn(k.relay, now.ms + REG_LINK_RENEW_MS));
	for (int i = 0; i < 2; i++) {
		const sa_pair *p = i ? k.relay : k.home;
		assert_false(sa_pair_is_dead(p, now.ms + REG_LINK_END_MS - 1));
		assert_true(sa_pair_is_dead(p, now.ms + REG_LINK_END_MS));
		assert_int_equal(p->limits.soft_packets, REG_LINK_RENEW_PACKETS);
		assert_int_equal(p->limits.hard_packets, REG_LINK_END_PACKETS);
	}
	assert_false(sa_pair_is_worn(k.home, now.ms + REG_LINK_END_MS - 1));
	finish(&k);
}

RUN(T(after_hello_and_welcome_each_side_reads_the_other), T(only_control_messages_are_read),
    T(what_was_read_once_is_not_read_again), T(a_message_is_not_read_by_the_side_that_sent_it),
    T(a_hello_under_another_key_or_changed_is_refused),
    T(a_welcome_that_was_changed_makes_nothing_and_leaves_the_offer),
    T(a_welcome_to_another_hello_makes_nothing),
    T(an_offer_is_used_up_by_its_welcome_and_its_key_wiped), T(a_hello_is_no_welcome),
    T(values_that_make_the_secret_zero_are_refused_by_home),
    T(values_that_make_the_secret_zero_are_refused_by_the_relay),
    T(two_handshakes_make_different_keys), T(the_keys_of_a_link_are_those_of_the_protocol),
    T(who_learns_key2_later_opens_nothing_recorded), T(without_key2_the_shared_value_opens_nothing),
    T(an_association_ends_by_time_at_both_ends_and_asks_the_relay_for_another_before))
