/* SPDX-License-Identifier: MIT */
/* Clients added and removed: names, addresses, files, and what a death on the way leaves. */
#include "server_kit.h"

static const char *text_of(const ip_addr *a)
{
	static char out[ADDR_STRLEN];

	return ip_format(a, out);
}

#define SCENE(k)                                                                                   \
	server_kit k;                                                                              \
	client_record r;                                                                           \
	err e = { 0 };                                                                             \
	server_kit_open(&k)

static void expect_added(const server_kit *k, const char *name, const char *address,
			 const char *has)
{
	client_record r;
	err e = { 0 };

	if (!server_kit_add(k, name, address, &r, &e))
		fail_msg("%s: %s", name, e.text);
	assert_string_equal(text_of(&r.conf.home4), has);
}

static void expect_refused(const server_kit *k, const char *name, const char *address,
			   const char *why)
{
	client_record r;
	err e = { 0 };

	assert_false(server_kit_add(k, name, address, &r, &e));
	if (!strstr(e.text, why))
		fail_msg("%s: '%s' does not say '%s'", name, e.text, why);
}

TEST(a_client_is_read_back_as_it_was_written)
{
	SCENE(k);
	client_record back;

	assert_true(server_kit_add(&k, "alice", NULL, &r, &e));
	assert_true(registry_read(k.conf->state, "alice", &back, &e));
	assert_string_equal(back.conf.nai, "alice@example.net");
	assert_memory_equal(back.conf.id, r.conf.id, CLIENT_ID_LEN);
	assert_memory_equal(back.conf.key0, r.conf.key0, KEY0_LEN);
	assert_int_equal(back.conf.spi, r.conf.spi);
	assert_int_equal(back.slot, r.slot);
	assert_true(ip_equal(&back.conf.home4, &r.conf.home4));
	server_kit_close(&k);
}

TEST(files_with_keys_are_their_owners_alone)
{
	SCENE(k);
	char path[192];
	struct stat st;

	assert_true(server_kit_add(&k, "alice", NULL, &r, &e));
	snprintf(path, sizeof path, "%s/alice.hw", k.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, sizeof path, "%s/clients/alice.client", k.conf->state);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	server_kit_close(&k);
}

TEST(addresses_are_given_in_order_and_never_twice)
{
	SCENE(k);

	(void)r;
	(void)e;
	expect_added(&k, "a", NULL, "10.66.0.101");
	expect_added(&k, "b", "10.66.0.103", "10.66.0.103");
	expect_added(&k, "c", NULL, "10.66.0.102");
	expect_added(&k, "d", NULL, "10.66.0.104");
	expect_refused(&k, "e", "10.66.0.103", "taken by b");
	expect_refused(&k, "e", "10.67.0.1", "outside");
	expect_refused(&k, "e", "10.66.0.255", "broadcast");
	expect_refused(&k, "e", "10.66.0.0", "broadcast");
	expect_refused(&k, "e", "203.0.113.2", "outside");
	expect_refused(&k, "e", "nonsense", "--address");
	server_kit_close(&k);
}

TEST(a_leased_address_is_taken_too)
{
	SCENE(k);
	bool damaged;
	home_client_state st;

	assert_true(server_kit_add(&k, "a", "dynamic", &r, &e));
	assert_int_equal(r.conf.home4.len, 0);
	state_store *s = server_kit_store(&k);
	assert_true(state_load(s, r.slot, r.conf.id, &st, &damaged));
	st.lease4 = ip4(10, 66, 0, 101);
	assert_true(state_save(s, r.slot, &st));
	state_close(s);
	expect_added(&k, "b", NULL, "10.66.0.102");
	expect_refused(&k, "c", "10.66.0.101", "taken by a");
	server_kit_close(&k);
}

TEST(names_that_are_no_names_or_are_there_already_are_refused)
{
	SCENE(k);
	char longest[65];

	(void)r;
	(void)e;
	expect_added(&k, "alice", NULL, "10.66.0.101");
	expect_refused(&k, "alice", NULL, "already");
	expect_refused(&k, "alice@example.net", NULL, "already");
	expect_refused(&k, "alice@example.org", NULL, "realm");
	expect_refused(&k, "../alice", NULL, "name");
	expect_refused(&k, "", NULL, "name");
	expect_refused(&k, "-o", NULL, "name");
	expect_refused(&k, "a b", NULL, "name");
	memset(longest, 'x', 64);
	longest[64] = 0;
	expect_refused(&k, longest, NULL, "name");
	longest[63] = 0;
	expect_added(&k, longest, NULL, "10.66.0.102");
	server_kit_close(&k);
}

TEST(a_removed_client_leaves_its_name_address_and_slot_to_others)
{
	SCENE(k);
	client_record was;

	assert_true(server_kit_add(&k, "alice", NULL, &r, &e));
	uint32_t slot = r.slot;
	assert_true(account_remove(k.conf, "alice", &was, &e));
	account_release_slot(k.conf, &was);
	assert_false(registry_has(k.conf->state, "alice"));
	assert_false(account_remove(k.conf, "alice", &was, &e));
	assert_true(server_kit_add(&k, "alice", NULL, &r, &e)); /* its old profile is replaced */
	assert_int_equal(r.slot, slot);
	assert_string_equal(text_of(&r.conf.home4), "10.66.0.101");
	server_kit_close(&k);
}

TEST(what_an_add_that_died_before_its_registry_file_left_is_taken_over)
{
	SCENE(k);
	char path[192];

	assert_true(server_kit_add(&k, "alice", "10.66.0.110", &r, &e));
	snprintf(path, sizeof path, "%s/clients/alice.client", k.conf->state);
	assert_int_equal(unlink(path), 0); /* slot and profile are there, the client is not */
	expect_added(&k, "alice", "10.66.0.110", "10.66.0.110");
	server_kit_close(&k);
}

TEST(a_file_that_is_not_this_clients_profile_is_not_overwritten)
{
	SCENE(k);
	char path[192];

	snprintf(path, sizeof path, "%s/alice.hw", k.dir);
	FILE *f = fopen(path, "w");
	fputs("identity = bob@example.net\n", f);
	fclose(f);
	(void)r;
	(void)e;
	expect_refused(&k, "alice", NULL, "exists");
	assert_false(registry_has(k.conf->state, "alice"));
	server_kit_close(&k);
}

TEST(when_the_profile_cannot_be_written_nothing_is_left)
{
	SCENE(k);
	char profile[PATH_MAX];
	const account_request q = { .name = "alice", .profile = "/nowhere/alice.hw" };

	assert_false(account_add(k.conf, &q, &r, profile, &e));
	assert_non_null(strstr(e.text, "/nowhere"));
	assert_false(registry_has(k.conf->state, "alice"));
	expect_added(&k, "bob", NULL, "10.66.0.101");
	server_kit_close(&k);
}

TEST(the_pool_ends_with_a_clear_word)
{
	SCENE(k);

	(void)r;
	(void)e;
	k.conf->pool_first = ip4(10, 66, 0, 5);
	k.conf->pool_last = ip4(10, 66, 0, 6);
	expect_added(&k, "a", NULL, "10.66.0.5");
	expect_added(&k, "b", NULL, "10.66.0.6");
	expect_refused(&k, "c", NULL, "no address");
	expect_added(&k, "c", "10.66.0.77", "10.66.0.77");
	server_kit_close(&k);
}

TEST(dates_are_read_and_written_in_utc)
{
	uint64_t t;
	char out[32];

	assert_true(registry_parse_date("2027-01-31", &t));
	assert_string_equal(registry_format_date(t, out), "2027-01-31T00:00:00Z");
	assert_true(registry_parse_date("2027-01-31T12:30:01Z", &t));
	assert_string_equal(registry_format_date(t, out), "2027-01-31T12:30:01Z");
	assert_false(registry_parse_date("tomorrow", &t));
	assert_false(registry_parse_date("2027-13-01", &t));
	assert_false(registry_parse_date("2027-01-31T12:30:01Z!", &t));
}

static bool count_one(void *ctx, const client_record *r)
{
	(void)r;
	++*(int *)ctx;
	return true;
}

static void count_bad(void *ctx, const err *why)
{
	assert_non_null(strstr(why->text, "broken.client"));
	*(int *)ctx += 100;
}

TEST(one_broken_file_does_not_hide_the_others)
{
	SCENE(k);
	int n = 0;
	const registry_visit v = { &n, count_one, count_bad }, strict = { &n, count_one, NULL };
	char path[192];

	assert_true(server_kit_add(&k, "a", NULL, &r, &e));
	assert_true(server_kit_add(&k, "z", NULL, &r, &e));
	snprintf(path, sizeof path, "%s/clients/broken.client", k.conf->state);
	FILE *f = fopen(path, "w");
	fputs("[client]\nidentity = x@example.net\nkye = 12\n", f);
	fclose(f);
	assert_true(registry_each(k.conf->state, &v, &e));
	assert_int_equal(n, 102);
	assert_false(registry_each(k.conf->state, &strict, &e));
	assert_non_null(strstr(e.text, "broken.client:3"));
	server_kit_close(&k);
}

RUN(T(a_client_is_read_back_as_it_was_written), T(files_with_keys_are_their_owners_alone),
    T(addresses_are_given_in_order_and_never_twice), T(a_leased_address_is_taken_too),
    T(names_that_are_no_names_or_are_there_already_are_refused),
    T(a_removed_client_leaves_its_name_address_and_slot_to_others),
    T(what_an_add_that_died_before_its_registry_file_left_is_taken_over),
    T(a_file_that_is_not_this_clients_profile_is_not_overwritten),
    T(when_the_profile_cannot_be_written_nothing_is_left), T(the_pool_ends_with_a_clear_word),
    T(dates_are_read_and_written_in_utc), T(one_broken_file_does_not_hide_the_others))
