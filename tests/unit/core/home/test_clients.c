/* SPDX-License-Identifier: MIT */
/* clients: added, changed and removed while the agent runs. */
#include "home_kit.h"

TEST(two_clients_cannot_have_one_address_or_one_spi)
{
	kit k;

	kit_open(&k);
	kit_add(&k, 1);
	home_client_conf c = kit_client_conf(2);
	c.home4 = ip4(192, 168, 50, 101);
	err e;
	assert_false(home_core_client_put(k.h, &c, NULL, &e));
	assert_string_equal(
		e.text, "client2@example.net: its address belongs to another client, or no memory");
	c = kit_client_conf(2);
	c.spi = kit_client_conf(1).spi;
	assert_false(home_core_client_put(k.h, &c, NULL, &e));
	assert_int_equal(home_core_counters(k.h).clients, 1);
	kit_add(&k, 2);
	c = kit_client_conf(2);
	c.home4 = ip4(192, 168, 50, 101);
	e.text[0] = '\0';
	assert_false(home_core_client_put(k.h, &c, NULL, &e));
	assert_string_equal(
		e.text, "client2@example.net: its address belongs to another client, or no memory");
	kit_close(&k);
}

TEST(after_a_clash_of_spis_the_one_who_has_it_registers_as_before)
{
	for (uint8_t first = 1; first <= 2; first++) {
		kit k;
		away a;
		kit_open(&k);
		kit_add(&k, first);
		home_client_conf c = kit_client_conf((uint8_t)(3 - first));
		c.spi = kit_client_conf(first).spi;
		assert_false(home_core_client_put(k.h, &c, NULL, NULL));
		away_open(&a, &k, first);
		away_register(&a);
		END(k, a);
	}
}

TEST(another_name_or_address_voids_what_was_agreed_and_another_spi_does_not)
{
	for (unsigned what = 0; what < 3; what++) {
		SCENE_PREPARED(k, a);
		assert_int_equal(away_ask(&a), MIP_ACCEPTED);
		home_client_conf c = a.conf;
		if (what == 0)
			strcpy(c.nai, "other@example.net");
		else if (what == 1)
			c.home4 = ip4(192, 168, 50, 120);
		else
			c.spi++;
		assert_true(home_core_client_put(k.h, &c, NULL, NULL));
		assert_int_equal(kit_status(&k).n, what == 2);
		END(k, a);
	}
}

static unsigned each_of[4];

static void count_client(void *ctx, const uint8_t id[CLIENT_ID_LEN], const char *nai)
{
	(void)ctx, (void)nai;
	each_of[id[0]]++;
}

TEST(whichever_client_is_removed_the_others_are_there)
{
	for (uint8_t gone = 1; gone <= 3; gone++) {
		kit k;
		kit_open(&k);
		for (uint8_t n = 1; n <= 3; n++)
			kit_add(&k, n);
		for (uint8_t n = 0; n < 3; n++) {
			memset(each_of, 0, sizeof each_of);
			home_core_each_client(k.h, count_client, NULL);
			for (unsigned i = 1; i <= 3; i++)
				assert_int_equal(each_of[i], (i + 3 - gone) % 3 >= n);
			uint8_t next = (uint8_t)((gone - 1 + n) % 3 + 1);
			assert_true(home_core_client_remove(k.h, kit_client_conf(next).id));
		}
		assert_int_equal(home_core_counters(k.h).clients, 0);
		kit_close(&k);
	}
}

TEST(a_client_that_is_removed_is_gone_at_once)
{
	SCENE_REGISTERED(k, a);

	assert_true(home_core_client_remove(k.h, a.conf.id));
	assert_int_equal(k.away, 0);
	assert_int_equal(kit_status(&k).n, 0);
	away_echo(&a, a.out, 0);
	assert_int_equal(home_core_counters(k.h).inbound.unknown_spi, 1);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
	assert_false(home_core_client_remove(k.h, a.conf.id));
	END(k, a);
}

TEST(another_key_for_a_client_voids_what_was_agreed)
{
	SCENE_REGISTERED(k, a);
	home_client_conf c = a.conf;

	assert_true(home_core_client_put(k.h, &c, NULL, NULL));
	assert_int_equal(kit_status(&k).n, 1); /* the same again changes nothing */
	c.key0[0] ^= 1;
	assert_true(home_core_client_put(k.h, &c, NULL, NULL));
	assert_int_equal(kit_status(&k).n, 0);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
	END(k, a);
}

RUN(T(two_clients_cannot_have_one_address_or_one_spi),
    T(after_a_clash_of_spis_the_one_who_has_it_registers_as_before),
    T(another_name_or_address_voids_what_was_agreed_and_another_spi_does_not),
    T(whichever_client_is_removed_the_others_are_there),
    T(a_client_that_is_removed_is_gone_at_once), T(another_key_for_a_client_voids_what_was_agreed))
