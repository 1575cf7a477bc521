/* SPDX-License-Identifier: MIT */
/* Admitting a relay: its section here, its file there, and what clients' profiles say of it. */
#include "server_kit.h"
#include "base/file.h"
#include "relay_file.h"

static char *text_of(const char *path)
{
	char *text;
	size_t n;
	err e = { 0 };

	if (!file_read(path, 65536, &text, &n, &e))
		fail_msg("%s", e.text);
	return text;
}

static void comment_out(server_kit *k, const char *line)
{
	char *text, *at = NULL;
	size_t n;
	err e = { 0 };

	if (!file_read(k->file, 65536, &text, &n, &e) || !(at = strstr(text, line)))
		fail_msg("no line '%s': %s", line, e.text);
	*at = '#';
	server_kit_write(k, text);
	free(text);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* As the command does: the configuration is read, then the relay is added. */
static bool add_at(const server_kit *k, const char *name, uint8_t last, const char *public,
		   const char *file, err *e)
{
	const relay_request q = { .name = name,
				  .public = public,
				  .address = ip4(192, 168, 60, last),
				  .home = ip4(192, 168, 50, 2),
				  .file = file };
	server_conf *c = server_conf_load(k->file, e);

	if (!c)
		fail_msg("%s", e->text);
	bool ok = relay_add(c, &q, e);
	server_conf_free(c);
	return ok;
}

static void file_of(const server_kit *k, const char *name, char out[192])
{
	snprintf(out, 192, "%s/%s.conf", k->dir, name);
}

static bool add(const server_kit *k, const char *name, uint8_t last, const char *public, err *e)
{
	char file[192];

	file_of(k, name, file);
	return add_at(k, name, last, public, file, e);
}

/* The value of the last line of this key. */
static void value_of(const char *text, const char *key, char out[128])
{
	char line[64];
	const char *at = NULL, *next = text;

	snprintf(line, sizeof line, "\n%s = ", key);
	while ((next = strstr(next, line)))
		at = next += strlen(line);
	assert_non_null(at);
	snprintf(out, 128, "%.*s", (int)strcspn(at, "\n"), at);
}

TEST(both_sides_get_one_key_in_files_of_their_owner)
{
	server_kit k;
	err e = { 0 };
	char file[192], here[128], there[128], value[128];

	server_kit_open(&k);
	char *before = text_of(k.file);
	assert_true(add(&k, "dmz1", 10, "203.0.113.10", &e));
	file_of(&k, "dmz1", file);
	char *ours = text_of(k.file), *theirs = text_of(file);
	assert_int_equal(mode_of(k.file), 0600);
	assert_int_equal(mode_of(file), 0600);
	assert_memory_equal(ours, before, strlen(before)); /* what stood there stands there */
	value_of(ours, "key", here);
	value_of(theirs, "key", there);
	assert_int_equal(strlen(here), 64);
	assert_string_equal(here, there);
	value_of(theirs, "name", value);
	assert_string_equal(value, "dmz1");
	value_of(theirs, "public", value);
	assert_string_equal(value, "203.0.113.10");
	assert_non_null(strstr(theirs, "[relay]\n"));
	assert_non_null(strstr(theirs, "address = 192.168.60.10\n"));
	assert_non_null(strstr(theirs, "[home example.net]\naddress = 192.168.50.2\n"));
	free(before), free(ours), free(theirs);
	server_kit_close(&k);
}

TEST(the_configuration_is_good_afterwards_whatever_its_last_line_was)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	char text[512];
	snprintf(text, sizeof text,
		 "# first\n[server]\nrealm = example.net\nnetwork = 10.66.0.0/24\n"
		 "state = %s/state\npublic = 203.0.113.2 ; no line's end",
		 k.dir);
	server_kit_write(&k, text);
	assert_true(add(&k, "dmz1", 10, "203.0.113.10", &e));
	assert_true(add(&k, "dmz2", 11, "relay.example.net:434", &e));
	server_conf *c = server_conf_load(k.file, &e);
	if (!c)
		fail_msg("%s", e.text);
	assert_int_equal(c->n_relays, 2);
	assert_string_equal(c->relays[1].name, "dmz2");
	assert_string_equal(c->relays[1].public, "relay.example.net:434");
	assert_memory_not_equal(c->relays[0].key, c->relays[1].key, 32);
	server_conf_free(c);
	server_kit_close(&k);
}

TEST(a_relay_that_is_there_is_refused_and_nothing_changes)
{
	server_kit k;
	err e = { 0 };
	char file[192];

	server_kit_open(&k);
	assert_true(add(&k, "dmz1", 10, "203.0.113.10", &e));
	file_of(&k, "dmz1", file);
	char *ours = text_of(k.file), *theirs = text_of(file);
	assert_false(add(&k, "dmz1", 11, "203.0.113.11", &e));
	assert_non_null(strstr(e.text, "[relay dmz1] is there already"));
	assert_false(add(&k, "dmz2", 10, "203.0.113.11", &e));
	assert_non_null(strstr(e.text, "[relay dmz1] is there already"));
	char *ours_now = text_of(k.file), *theirs_now = text_of(file);
	assert_string_equal(ours, ours_now);
	assert_string_equal(theirs, theirs_now);
	file_of(&k, "dmz2", file);
	assert_int_not_equal(access(file, F_OK), 0);
	free(ours), free(theirs), free(ours_now), free(theirs_now);
	server_kit_close(&k);
}

TEST(a_file_that_is_another_s_is_never_overwritten)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	char *before = text_of(k.file);
	assert_false(add_at(&k, "dmz1", 10, "203.0.113.10", k.file, &e)); /* server.conf itself */
	assert_non_null(strstr(e.text, "-o"));
	char *now = text_of(k.file);
	assert_string_equal(before, now);
	free(before), free(now);
	server_kit_close(&k);
}

TEST(a_relay_s_file_that_cannot_be_written_admits_nobody)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	assert_false(add_at(&k, "dmz1", 10, "203.0.113.10", "/nowhere/at/all.conf", &e));
	assert_non_null(strstr(e.text, "/nowhere/at/all.conf"));
	char *now = text_of(k.file);
	assert_null(strstr(now, "[relay"));
	free(now);
	server_kit_close(&k);
}

TEST(a_link_to_the_configuration_stays_a_link)
{
	server_kit k;
	err e = { 0 };
	char real[192];
	struct stat st;

	server_kit_open(&k);
	snprintf(real, sizeof real, "%s/real.conf", k.dir);
	assert_int_equal(rename(k.file, real), 0);
	assert_int_equal(symlink("real.conf", k.file), 0);
	assert_true(add(&k, "dmz1", 10, "203.0.113.10", &e));
	assert_int_equal(lstat(k.file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	char *text = text_of(real);
	assert_non_null(strstr(text, "[relay dmz1]"));
	free(text);
	server_kit_close(&k);
}

static char *profile_made_now(server_kit *k)
{
	client_record r;
	char path[192];
	err e = { 0 };

	server_conf_free(k->conf);
	k->conf = server_conf_load(k->file, &e);
	if (!k->conf || !server_kit_add(k, "alice", NULL, &r, &e))
		fail_msg("%s", e.text);
	client_record_wipe(&r);
	snprintf(path, sizeof path, "%s/alice.hw", k->dir);
	return text_of(path);
}

TEST(profiles_made_afterwards_name_the_relays)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	assert_true(add(&k, "dmz1", 10, "203.0.113.10:4500", &e));
	assert_true(add(&k, "dmz2", 11, "relay.example.net:4500", &e));
	assert_true(add(&k, "dmz3", 12, "[2001:db8::4500]:4500", &e));
	assert_true(add(&k, "dmz4", 13, "relay.example.net:14500", &e));
	char *text = profile_made_now(&k);
	assert_non_null(strstr(text, "\nrelay = 203.0.113.10 dmz1\nrelay = relay.example.net dmz2\n"
				     "relay = 2001:db8::4500 dmz3\n"
				     "relay = relay.example.net:14500 dmz4\n"));
	free(text);
	server_kit_close(&k);
}

TEST(profiles_name_no_more_relays_than_clients_take_and_none_that_has_no_public_address)
{
	server_kit k;
	err e = { 0 };
	char name[16];
	unsigned n = 0;

	server_kit_open(&k);
	for (unsigned i = 0; i < HOME_RELAYS; i++) {
		snprintf(name, sizeof name, "dmz%u", i);
		assert_true(add(&k, name, (uint8_t)(10 + i), "203.0.113.10", &e));
	}
	assert_false(add(&k, "one-more", 99, "203.0.113.10", &e));
	assert_non_null(strstr(e.text, "at most 8"));
	comment_out(&k, "public = 203.0.113.10\n");
	char *text = profile_made_now(&k);
	for (const char *at = text; (at = strstr(at, "\nrelay = ")); at++)
		n++;
	assert_int_equal(n, REG_RELAYS);
	assert_null(strstr(text, "dmz0"));
	free(text);
	server_kit_close(&k);
}

TEST(profiles_name_the_multiplexers_and_hold_their_trust_anchor)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
	server_kit k;
	char *conf, *both, ca[192];
	size_t n;
	err e = { 0 };

	server_kit_open(&k);
	snprintf(ca, sizeof ca, "%s/ca.crt", k.dir);
	assert_true(file_write_atomic(ca, 0644, pem, sizeof pem - 1, &e));
	assert_true(file_read(k.file, 65536, &conf, &n, &e));
	assert_true(asprintf(&both, "%s\nmux = https://mux.example.net/home\nmux_ca = %s\n", conf,
			     ca) > 0);
	server_kit_write(&k, both);
	char *text = profile_made_now(&k);
	assert_non_null(strstr(text, "\nmux = https://mux.example.net/home\n"
				     "mux_ca = -----BEGIN CERTIFICATE-----\n    MIIB\n"
				     "    -----END CERTIFICATE-----\n"));
	free(text), free(conf), free(both);
	server_kit_close(&k);
}

RUN(T(both_sides_get_one_key_in_files_of_their_owner),
    T(the_configuration_is_good_afterwards_whatever_its_last_line_was),
    T(a_relay_that_is_there_is_refused_and_nothing_changes),
    T(a_file_that_is_another_s_is_never_overwritten),
    T(a_relay_s_file_that_cannot_be_written_admits_nobody),
    T(a_link_to_the_configuration_stays_a_link), T(profiles_made_afterwards_name_the_relays),
    T(profiles_name_no_more_relays_than_clients_take_and_none_that_has_no_public_address),
    T(profiles_name_the_multiplexers_and_hold_their_trust_anchor))
