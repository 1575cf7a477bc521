/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/map.h"

#include <stdlib.h>

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

TEST(what_is_put_is_found_and_replaced)
{
	int a, b;
	map *m = map_new(1);

	assert_null(map_get(m, map_key_u32(7)));
	assert_true(map_put(m, map_key_u32(7), &a));
	assert_ptr_equal(map_get(m, map_key_u32(7)), &a);
	assert_true(map_put(m, map_key_u32(7), &b));
	assert_ptr_equal(map_get(m, map_key_u32(7)), &b);
	assert_int_equal(map_count(m), 1);
	map_free(m);
}

TEST(deleting_what_is_not_there_is_fine)
{
	int a;
	map *m = map_new(1);

	map_del(m, map_key_u32(1));
	map_put(m, map_key_u32(1), &a);
	map_del(m, map_key_u32(1));
	map_del(m, map_key_u32(1));
	assert_null(map_get(m, map_key_u32(1)));
	assert_int_equal(map_count(m), 0);
	map_free(m);
	map_free(NULL);
}

TEST(a_table_that_churns_agrees_with_a_plain_array)
{
	enum { KEYS = 700, STEPS = 200000 };
	void *model[KEYS] = { 0 };
	char value[KEYS];
	uint64_t state = 42;
	map *m = map_new(3);
	size_t count = 0;

	for (int i = 0; i < STEPS; i++) {
		uint32_t r = next_random(&state), k = r % KEYS;
		if (next_random(&state) % 2) {
			assert_true(map_put(m, map_key_u32(k), &value[k]));
			count += model[k] == NULL;
			model[k] = &value[k];
		} else {
			map_del(m, map_key_u32(k));
			count -= model[k] != NULL;
			model[k] = NULL;
		}
		uint32_t probe = next_random(&state) % KEYS;
		assert_ptr_equal(map_get(m, map_key_u32(probe)), model[probe]);
	}
	assert_int_equal(map_count(m), count);
	for (uint32_t k = 0; k < KEYS; k++)
		assert_ptr_equal(map_get(m, map_key_u32(k)), model[k]);
	map_free(m);
}

TEST(a_hundred_thousand_keys_are_all_found)
{
	enum { N = 100000 };
	char *value = calloc(1, N);
	map *m = map_new(9);

	assert_non_null(value);
	for (uint32_t i = 0; i < N; i++)
		assert_true(map_put(m, (map_key){ i, (uint64_t)i << 32 }, value + i));
	for (uint32_t i = 0; i < N; i++)
		assert_ptr_equal(map_get(m, (map_key){ i, (uint64_t)i << 32 }), value + i);
	map_free(m);
	free(value);
}

TEST(octet_keys_differ_in_every_octet)
{
	uint8_t b[16] = { 0 };
	map_key zero = map_key_bytes(b, 16);

	for (size_t i = 0; i < 16; i++) {
		b[i] = 1;
		map_key k = map_key_bytes(b, 16);
		assert_true(k.hi != zero.hi || k.lo != zero.lo);
		b[i] = 0;
	}
}

TEST(an_ipv4_key_meets_only_the_mapped_ipv6_key)
{
	uint8_t v4[4] = { 192, 0, 2, 1 }, padded[16] = { 192, 0, 2, 1 };
	uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 };
	map_key k4 = map_key_bytes(v4, 4), kp = map_key_bytes(padded, 16),
		km = map_key_bytes(mapped, 16);

	assert_false(k4.hi == kp.hi && k4.lo == kp.lo);
	assert_true(k4.hi == km.hi && k4.lo == km.lo);
}

RUN(T(what_is_put_is_found_and_replaced), T(deleting_what_is_not_there_is_fine),
    T(a_table_that_churns_agrees_with_a_plain_array), T(a_hundred_thousand_keys_are_all_found),
    T(octet_keys_differ_in_every_octet), T(an_ipv4_key_meets_only_the_mapped_ipv6_key))
