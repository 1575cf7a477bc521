/* SPDX-License-Identifier: MIT */
/* known_relays: those of the profile and those that home names, as one list. */
#include "unit.h"
#include "core/client/known_relays.h"

static reg_relay relay(uint8_t n, const char *name)
{
	reg_relay r = { .at = { .addr = ip4(203, 0, 113, n), .port = 4500 } };

	strcpy(r.name, name);
	return r;
}

static client_known_relays known(const reg_relay *profile, unsigned n, const reg_relay *home,
				 unsigned n_home)
{
	client_conf conf = { .n_relays = n };
	client_saved saved = { .n_relays = n_home };
	client_known_relays k;

	for (unsigned i = 0; i < n; i++)
		conf.relays[i] = profile[i];
	for (unsigned i = 0; i < n_home; i++)
		saved.relays[i] = home[i];
	client_known_relays_init(&k, &conf, &saved);
	return k;
}

TEST(the_profiles_come_first_then_homes_and_each_once)
{
	const reg_relay profile[] = { relay(1, "one"), relay(2, "two") };
	const reg_relay home[] = { relay(2, "other"), relay(3, "three") };
	client_known_relays k = known(profile, 2, home, 2);
	reg_relay list[CLIENT_RELAYS];

	assert_int_equal(client_known_relays_list(&k, list), 3);
	assert_string_equal(list[0].name, "one");
	assert_string_equal(list[1].name, "two");
	assert_string_equal(list[2].name, "three");
}

TEST(a_name_that_the_profile_lacks_is_homes)
{
	const reg_relay profile[] = { relay(1, "") }, home[] = { relay(1, "one") };
	client_known_relays k = known(profile, 1, home, 1);
	reg_relay list[CLIENT_RELAYS];

	assert_int_equal(client_known_relays_list(&k, list), 1);
	assert_string_equal(list[0].name, "one");
}

TEST(there_are_no_more_of_them_than_the_list_has_room_for)
{
	reg_relay many[CLIENT_RELAYS + 1], list[CLIENT_RELAYS];

	for (unsigned i = 0; i <= CLIENT_RELAYS; i++)
		many[i] = relay((uint8_t)i, "x");
	client_known_relays k = known(many, 0, many, CLIENT_RELAYS);
	client_known_relays_set_profile(&k, many + 1, CLIENT_RELAYS);
	assert_int_equal(client_known_relays_list(&k, list), CLIENT_RELAYS);
	assert_true(endpoint_equal(&list[0].at, &many[1].at));
	client_known_relays_set_profile(&k, many, CLIENT_RELAYS + 1);
	assert_int_equal(k.n_of_profile, CLIENT_RELAYS);
}

TEST(what_home_names_is_learnt_where_it_differs_and_kept)
{
	client_known_relays k = known(NULL, 0, NULL, 0);
	reg_reply r = { .n_relays = 2, .relays = { relay(1, "one"), relay(2, "two") } };
	client_saved saved = { 0 };

	assert_true(client_known_relays_learn(&k, &r));
	assert_false(client_known_relays_learn(&k, &r));
	strcpy(r.relays[1].name, "TWO");
	assert_true(client_known_relays_learn(&k, &r));
	r.relays[1].at.port++;
	assert_true(client_known_relays_learn(&k, &r));
	r.n_relays = 1;
	assert_true(client_known_relays_learn(&k, &r));
	r.n_relays = 0; /* there may have been no room for them */
	assert_false(client_known_relays_learn(&k, &r));
	client_known_relays_save(&k, &saved);
	assert_int_equal(saved.n_relays, 1);
	assert_string_equal(saved.relays[0].name, "one");
}

RUN(T(the_profiles_come_first_then_homes_and_each_once), T(a_name_that_the_profile_lacks_is_homes),
    T(there_are_no_more_of_them_than_the_list_has_room_for),
    T(what_home_names_is_learnt_where_it_differs_and_kept))
