/* SPDX-License-Identifier: MIT */
/* Limits of an association's life, in both directions, and how the store hears of them. */
#include "sa_kit.h"

enum { SPI_A = 0x22000001, SPI_B = 0x22000002, INNER = 100 };

static const uint8_t long_key[36] = { 5 };

typedef struct ends { /* of one association; here is in a set */
	fixture f;
	sa_pair *here, *there;
} ends;

static sa_pair *make_end(uint32_t in, uint32_t out, const uint8_t *key_in, const uint8_t *key_out,
			 sa_limits limits)
{
	const sa_pair_conf c = { .cipher = ESP_AES_128_GCM,
				 .esn = true,
				 .spi_in = in,
				 .spi_out = out,
				 .key_in = key_in,
				 .key_out = key_out,
				 .limits = limits };
	sa_pair *p = sa_pair_new(&c);

	assert_non_null(p);
	return p;
}

static void open_ends(ends *e, sa_limits limits)
{
	e->f = open_fixture();
	open_sets(&e->f);
	e->here = make_end(SPI_A, SPI_B, key_a, key_b, limits);
	e->there = make_end(SPI_B, SPI_A, key_b, key_a, endless);
	assert_true(sa_set_install(&e->f.set, e->here));
	assert_true(sa_set_confirm(&e->f.set, e->here, T0));
}

static void close_ends(ends *e)
{
	sa_pair_free(e->there);
	close_fixture(&e->f);
}

static bool sends(ends *e, uint64_t now_ms)
{
	uint8_t pkt[256] = { 0 };
	size_t n = sa_pair_seal(e->here, now_ms, pkt, INNER, ESP_NEXT_IPV4);

	assert_true(n == 0 || n == esp_sealed_len(INNER));
	return n > 0;
}

static esp_verdict receive(ends *e, uint64_t now_ms)
{
	uint8_t pkt[256] = { 0 };
	size_t n = sa_pair_seal(e->there, now_ms, pkt, INNER, ESP_NEXT_IPV4);
	esp_opened o;

	return sa_pair_open(e->here, now_ms, pkt, n, &o);
}

TEST(a_pair_has_the_cipher_and_the_times_that_it_was_made_with)
{
	const sa_pair_conf c = { .cipher = ESP_CHACHA20_POLY1305,
				 .esn = true,
				 .spi_in = SPI_A,
				 .spi_out = SPI_B,
				 .key_in = long_key,
				 .key_out = long_key,
				 .limits = { .soft_ms = T0 + 5, .hard_ms = T0 + 9 } };
	sa_pair *p = sa_pair_new(&c);

	assert_non_null(p);
	assert_int_equal(p->cipher, ESP_CHACHA20_POLY1305);
	for (uint64_t ms = 0; ms < 12; ms++) {
		assert_int_equal(sa_pair_is_worn(p, T0 + ms), ms >= 5);
		assert_int_equal(sa_pair_is_dead(p, T0 + ms), ms >= 9);
	}
	sa_pair_free(p);
}

TEST(nothing_is_sealed_or_opened_after_the_hard_time)
{
	ends e;

	open_ends(&e, (sa_limits){ .soft_ms = SA_NEVER, .hard_ms = T0 + 10 });
	assert_true(sends(&e, T0 + 9));
	assert_int_equal(receive(&e, T0 + 9), ESP_OK);
	assert_false(sends(&e, T0 + 10));
	assert_int_equal(receive(&e, T0 + 10), ESP_DROP_EXPIRED);
	assert_int_equal(esp_sa_packets(e.here->out), 1);
	assert_int_equal(esp_sa_packets(e.here->in), 1);
	close_ends(&e);
}

static sa_limits packets(uint64_t soft, uint64_t hard)
{
	return (sa_limits){
		.soft_ms = SA_NEVER, .hard_ms = SA_NEVER, .soft_packets = soft, .hard_packets = hard
	};
}

static sa_limits octets(uint64_t soft, uint64_t hard)
{
	return (sa_limits){
		.soft_ms = SA_NEVER, .hard_ms = SA_NEVER, .soft_octets = soft, .hard_octets = hard
	};
}

TEST(a_limit_that_traffic_reaches_in_either_direction_is_reported_once)
{
	const sa_limits limits[] = { packets(2, 4), octets(2 * INNER, 4 * INNER) };

	for (size_t i = 0; i < COUNT(limits); i++)
		for (int inbound = 0; inbound < 2; inbound++) {
			ends e;
			open_ends(&e, limits[i]);
			for (int n = 1; n <= 4; n++) {
				if (inbound)
					assert_int_equal(receive(&e, T0), ESP_OK);
				else
					assert_true(sends(&e, T0));
				bool now = n == 2 || n == 4;
				assert_int_equal(sa_store_has_worn(e.f.store), now);
				assert_ptr_equal(sa_store_take_worn(e.f.store),
						 now ? &e.f.set : NULL);
				assert_null(sa_store_take_worn(e.f.store));
				assert_int_equal(sa_pair_is_worn(e.here, T0), n >= 2);
				assert_int_equal(sa_pair_is_dead(e.here, T0), n >= 4);
			}
			assert_false(sends(&e, T0));
			assert_int_equal(receive(&e, T0), ESP_DROP_EXPIRED);
			assert_null(sa_set_sending(&e.f.set, T0));
			assert_true(sa_set_tick(&e.f.set, T0));
			close_ends(&e);
		}
}

TEST(what_the_directions_carry_is_not_added_up)
{
	ends e;

	open_ends(&e, packets(2, 2));
	assert_true(sends(&e, T0));
	assert_int_equal(receive(&e, T0), ESP_OK);
	assert_false(sa_pair_is_worn(e.here, T0));
	assert_true(sends(&e, T0));
	assert_true(sa_pair_is_dead(e.here, T0));
	close_ends(&e);
}

TEST(what_does_not_authenticate_wears_nothing_out)
{
	ends e;
	uint8_t pkt[256] = { 0 };
	esp_opened o;

	open_ends(&e, packets(1, 1));
	size_t n = sa_pair_seal(e.there, T0, pkt, INNER, ESP_NEXT_IPV4);
	pkt[n - 1] ^= 1;
	assert_int_equal(sa_pair_open(e.here, T0, pkt, n, &o), ESP_DROP_AUTH);
	assert_false(sa_pair_is_worn(e.here, T0));
	assert_false(sa_store_has_worn(e.f.store));
	close_ends(&e);
}

TEST(a_hard_limit_alone_is_a_soft_one_too)
{
	ends e;

	open_ends(&e, packets(0, 1));
	assert_int_equal(e.here->limits.soft_packets, 1);
	assert_int_equal(e.here->limits.soft_octets, SA_NEVER);
	assert_true(sends(&e, T0));
	assert_true(sa_pair_is_dead(e.here, T0));
	close_ends(&e);
	open_ends(&e, octets(9, 3)); /* a soft one behind it has no meaning */
	assert_int_equal(e.here->limits.soft_octets, 3);
	close_ends(&e);
}

/* RFC 4303 3.3.3 */
TEST(without_extended_sequence_numbers_packets_are_limited)
{
	sa_pair_conf c = { .cipher = ESP_AES_128_GCM,
			   .spi_in = SPI_A,
			   .spi_out = SPI_B,
			   .key_in = key_a,
			   .key_out = key_b,
			   .limits = packets(0, 0) };

	sa_pair *p = sa_pair_new(&c);
	assert_true(p->limits.hard_packets == UINT32_MAX);
	assert_true(p->limits.soft_packets == UINT32_MAX / 4 * 3ull);
	sa_pair_free(p);
	c.limits = packets(1ull << 33, 1ull << 34);
	p = sa_pair_new(&c);
	assert_true(p->limits.hard_packets == UINT32_MAX);
	assert_true(p->limits.soft_packets == UINT32_MAX / 4 * 3ull);
	sa_pair_free(p);
	c.limits = packets(90, 100);
	p = sa_pair_new(&c);
	assert_int_equal(p->limits.hard_packets, 100);
	assert_int_equal(p->limits.soft_packets, 90);
	sa_pair_free(p);
	c.limits = packets(0, 0);
	c.esn = true;
	p = sa_pair_new(&c);
	assert_true(p->limits.hard_packets == SA_NEVER && p->limits.soft_packets == SA_NEVER);
	sa_pair_free(p);
}

TEST(without_extended_sequence_numbers_the_other_end_has_none_either)
{
	sa_pair_conf c = { .cipher = ESP_AES_128_GCM,
			   .spi_in = SPI_A,
			   .spi_out = SPI_A,
			   .key_in = key_a,
			   .key_out = key_a,
			   .limits = endless };
	uint8_t pkt[256] = { 0 };
	esp_opened o;

	for (int esn = 0; esn < 2; esn++) {
		c.esn = false;
		sa_pair *from = sa_pair_new(&c);
		c.esn = esn;
		sa_pair *to = sa_pair_new(&c);
		size_t n = sa_pair_seal(from, T0, pkt, INNER, ESP_NEXT_IPV4);
		assert_int_equal(sa_pair_open(to, T0, pkt, n, &o), esn ? ESP_DROP_AUTH : ESP_OK);
		sa_pair_free(from);
		sa_pair_free(to);
	}
}

TEST(a_pair_that_is_in_no_set_ends_all_the_same)
{
	sa_pair *p = make_end(SPI_A, SPI_B, key_a, key_b, packets(1, 1));
	uint8_t pkt[256] = { 0 };

	assert_true(sa_pair_seal(p, T0, pkt, INNER, ESP_NEXT_IPV4) > 0);
	assert_int_equal(sa_pair_seal(p, T0, pkt, INNER, ESP_NEXT_IPV4), 0);
	sa_pair_free(p);
}

/* --- the store's list --- */

static void wear_out_one(fixture *f, sa_set *set)
{
	sa_pair *p = make(f, packets(1, 9), 7);

	assert_true(sa_set_install(set, p));
	sa_set_confirm(set, p, T0);
	seal(p, 8);
}

TEST(sets_in_need_of_attention_are_given_each_once)
{
	fixture f = open_fixture();

	open_sets(&f);
	wear_out_one(&f, &f.set);
	wear_out_one(&f, &f.other);
	wear_out_one(&f, &f.set);
	const sa_set *one = sa_store_take_worn(f.store), *two = sa_store_take_worn(f.store);
	assert_true((one == &f.set && two == &f.other) || (one == &f.other && two == &f.set));
	assert_null(sa_store_take_worn(f.store));
	close_fixture(&f);
}

TEST(a_set_that_was_looked_at_or_closed_is_in_need_of_attention_no_more)
{
	for (int closed = 0; closed < 2; closed++)
		for (int last = 0; last < 2; last++) {
			fixture f = open_fixture();
			open_sets(&f);
			wear_out_one(&f, last ? &f.other : &f.set);
			wear_out_one(&f, last ? &f.set : &f.other);
			if (closed)
				sa_set_close(&f.set);
			else
				sa_set_tick(&f.set, T0);
			assert_ptr_equal(sa_store_take_worn(f.store), &f.other);
			assert_false(sa_store_has_worn(f.store));
			close_fixture(&f);
		}
}

TEST(a_replaced_pair_that_is_worn_stays_replaced)
{
	ends e;

	open_ends(&e, (sa_limits){ .soft_ms = T0 + 5, .hard_ms = SA_NEVER });
	sa_set_confirm(&e.f.set, install(&e.f, 9), T0);
	assert_false(sa_set_tick(&e.f.set, T0 + 5));
	assert_int_equal(e.here->state, SA_REPLACED);
	close_ends(&e);
}

TEST(a_worn_pair_is_dying_when_its_set_has_been_looked_at)
{
	ends e;

	open_ends(&e, packets(1, 2));
	assert_true(sends(&e, T0));
	assert_int_equal(sa_set_next_timer_ms(&e.f.set), 0);
	assert_false(sa_set_tick(&e.f.set, T0));
	assert_int_equal(e.here->state, SA_DYING);
	assert_int_equal(sa_set_next_timer_ms(&e.f.set), SA_NEVER);
	assert_true(sends(&e, T0));
	assert_ptr_equal(sa_store_take_worn(e.f.store), &e.f.set);
	assert_true(sa_set_tick(&e.f.set, T0));
	assert_null(sa_store_find_in(e.f.store, SPI_A));
	close_ends(&e);
}

RUN(T(a_pair_has_the_cipher_and_the_times_that_it_was_made_with),
    T(nothing_is_sealed_or_opened_after_the_hard_time),
    T(a_limit_that_traffic_reaches_in_either_direction_is_reported_once),
    T(what_the_directions_carry_is_not_added_up), T(what_does_not_authenticate_wears_nothing_out),
    T(a_hard_limit_alone_is_a_soft_one_too),
    T(without_extended_sequence_numbers_packets_are_limited),
    T(without_extended_sequence_numbers_the_other_end_has_none_either),
    T(a_pair_that_is_in_no_set_ends_all_the_same), T(sets_in_need_of_attention_are_given_each_once),
    T(a_set_that_was_looked_at_or_closed_is_in_need_of_attention_no_more),
    T(a_replaced_pair_that_is_worn_stays_replaced),
    T(a_worn_pair_is_dying_when_its_set_has_been_looked_at))
