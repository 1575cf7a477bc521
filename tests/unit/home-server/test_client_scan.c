/* SPDX-License-Identifier: MIT */
/* Registry and store read in one go: who is there, who is gone, and what can't be read. */
#include "client_scan.h"
#include "server_kit.h"

typedef struct kit {
	server_kit server;
	state_store *store;
	client_scan scan;
	client_record alice, bob;
} kit;

static void open_kit(kit *k)
{
	err e = { 0 };

	server_kit_open(&k->server);
	if (!server_kit_add(&k->server, "alice", NULL, &k->alice, &e) ||
	    !server_kit_add(&k->server, "bob", NULL, &k->bob, &e))
		fail_msg("%s", e.text);
	k->store = server_kit_store(&k->server);
	assert_true(client_scan_init(&k->scan, k->server.conf->state));
}

static void close_kit(kit *k)
{
	client_scan_free(&k->scan);
	state_close(k->store);
	server_kit_close(&k->server);
}

static const scanned_client *find(const kit *k, const char *name)
{
	for (size_t i = 0; i < k->scan.n; i++)
		if (strcmp(k->scan.clients[i].record.name, name) == 0)
			return &k->scan.clients[i];
	return NULL;
}

static void assert_same(const client_record *a, const client_record *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->conf.nai, b->conf.nai);
	assert_memory_equal(a->conf.id, b->conf.id, CLIENT_ID_LEN);
	assert_memory_equal(a->conf.key0, b->conf.key0, KEY0_LEN);
	assert_int_equal(a->slot, b->slot);
}

static void write_file(const kit *k, const char *name, const char *text)
{
	char path[192];

	snprintf(path, sizeof path, "%s/clients/%s.client", k->server.conf->state, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
}

static void damage(const kit *k, uint32_t slot)
{
	const uint8_t bad[2 * STATE_COPY_LEN] = { 0xee };
	FILE *f = fopen(k->server.db, "r+");

	assert_int_equal(
		fseek(f, STATE_HEADER_LEN + (long)slot * STATE_SLOT_LEN + STATE_CARD_LEN, SEEK_SET),
		0);
	assert_int_equal(fwrite(bad, 1, sizeof bad, f), sizeof bad);
	fclose(f);
}

TEST(every_client_is_read_with_its_state)
{
	kit k;
	home_client_state st = { .last_id = 77 };
	bool damaged;
	err e = { 0 };

	open_kit(&k);
	assert_true(state_load(k.store, k.alice.slot, k.alice.conf.id, &st, &damaged));
	st.last_id = 77;
	assert_true(state_save(k.store, k.alice.slot, &st) && state_sync(k.store, &e));
	for (int round = 0; round < 2; round++) { /* again, as after another was dropped */
		assert_true(client_scan_all(&k.scan, k.store, &e));
		assert_int_equal(k.scan.n, 2);
		assert_int_equal(k.scan.n_bad, 0);
		assert_same(&find(&k, "alice")->record, &k.alice);
		assert_same(&find(&k, "bob")->record, &k.bob);
		assert_true(find(&k, "alice")->state.last_id == 77);
		assert_true(find(&k, "bob")->state.last_id == 0);
		assert_false(find(&k, "alice")->damaged);
	}
	close_kit(&k);
}

TEST(what_can_not_be_read_is_reported_and_leaves_the_others)
{
	kit k;
	err e = { 0 };

	open_kit(&k);
	write_file(&k, "zoe", "[client]\nid = nonsense\n");
	damage(&k, k.alice.slot);
	assert_true(state_clear(k.store, k.bob.slot, &e));
	assert_true(client_scan_all(&k.scan, k.store, &e));
	assert_int_equal(k.scan.n, 1);
	assert_true(find(&k, "alice")->damaged);
	assert_int_equal(k.scan.n_bad, 2);
	assert_non_null(strstr(k.scan.bad[0].text, "bob@example.net: its slot"));
	assert_non_null(strstr(k.scan.bad[1].text, "zoe"));
	close_kit(&k);
}

TEST(only_as_many_errors_as_there_is_room_for_are_kept)
{
	kit k;
	char name[16];
	err e = { 0 };

	open_kit(&k);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "c%d", i);
		write_file(&k, name, "nonsense\n");
	}
	assert_true(client_scan_all(&k.scan, k.store, &e));
	assert_int_equal(k.scan.n, 2);
	assert_int_equal(k.scan.n_bad, 40);
	close_kit(&k);
}

TEST(of_those_asked_for_who_is_not_in_the_registry_is_gone)
{
	kit k;
	char name[16];
	err e = { 0 };

	open_kit(&k);
	assert_true(client_scan_ask(&k.scan, "carol"));
	assert_true(client_scan_ask(&k.scan, "alice"));
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof name, "gone%d", i);
		assert_true(client_scan_ask(&k.scan, name));
	}
	assert_true(client_scan_all(&k.scan, k.store, &e));
	assert_int_equal(k.scan.n_gone, 31);
	assert_string_equal(k.scan.gone[0], "carol");
	assert_string_equal(k.scan.gone[1], "gone0");
	assert_string_equal(k.scan.gone[30], "gone29");
	close_kit(&k);
}

TEST(a_registry_that_can_not_be_read_is_an_error_and_nobody_is_gone)
{
	kit k;
	err e = { 0 };

	open_kit(&k);
	free(k.scan.state);
	char *file =
		strdup(k.server.file); /* no folder: ENOTDIR, as a disk's errors is not ENOENT */
	k.scan.state = file;
	assert_true(client_scan_ask(&k.scan, "alice"));
	assert_false(client_scan_all(&k.scan, k.store, &e));
	assert_int_equal(k.scan.n_gone, 0);
	close_kit(&k);
}

TEST(one_client_is_read_by_name)
{
	kit k;
	err e = { 0 };

	open_kit(&k);
	assert_true(client_scan_one(&k.scan, k.store, "bob", &e));
	assert_int_equal(k.scan.n, 1);
	assert_same(&k.scan.clients[0].record, &k.bob);
	assert_false(client_scan_one(&k.scan, k.store, "nobody", &e));
	assert_int_equal(k.scan.n, 0);
	close_kit(&k);
}

RUN(T(every_client_is_read_with_its_state),
    T(what_can_not_be_read_is_reported_and_leaves_the_others),
    T(only_as_many_errors_as_there_is_room_for_are_kept),
    T(of_those_asked_for_who_is_not_in_the_registry_is_gone),
    T(a_registry_that_can_not_be_read_is_an_error_and_nobody_is_gone),
    T(one_client_is_read_by_name))
