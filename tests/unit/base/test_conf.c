/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/addr.h"
#include "base/conf.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct relay_conf {
	char name[32];
	ip_addr address;
} relay_conf;

typedef struct test_conf {
	char *realm, *pem;
	bool fast;
	uint32_t spi;
	uint8_t key[32];
	char homes[200];
	relay_conf relay[3];
	size_t n_relays;
} test_conf;

static bool add_home(const char *text, void *field, err *e)
{
	char *homes = field;
	size_t n = strlen(homes);

	if (strcmp(text, "bad") == 0)
		return err_set(e, ERR_CONFIG, "expected a good home");
	snprintf(homes + n, sizeof((test_conf *)0)->homes - n, "%s;", text);
	return true;
}

static const conf_key server_keys[] = {
	{ "realm", conf_string, offsetof(test_conf, realm), false },
	{ "mux_ca", conf_string, offsetof(test_conf, pem), false },
	{ "fast", conf_bool, offsetof(test_conf, fast), false },
	{ "spi", conf_u32, offsetof(test_conf, spi), false },
	{ "key", conf_key32, offsetof(test_conf, key), false },
	{ "home", add_home, offsetof(test_conf, homes), true },
};

static const conf_key relay_keys[] = {
	{ "address", conf_address, offsetof(relay_conf, address), false },
};

static void *open_server(void *ctx, const char *name, err *e)
{
	(void)e;
	assert_string_equal(name, "");
	return ctx;
}

static void *open_relay(void *ctx, const char *name, err *e)
{
	test_conf *c = ctx;

	if (c->n_relays == COUNT(c->relay))
		return err_set(e, ERR_LIMIT, "too many relays"), NULL;
	relay_conf *r = &c->relay[c->n_relays++];
	snprintf(r->name, sizeof r->name, "%s", name);
	return r;
}

static const conf_section sections[] = {
	{ "server", server_keys, COUNT(server_keys), open_server, true },
	{ "relay ", relay_keys, COUNT(relay_keys), open_relay, false },
};

static bool parse(test_conf *c, const char *text, err *e)
{
	memset(c, 0, sizeof *c);
	memset(e, 0, sizeof *e);
	return conf_parse("x.conf", text, strlen(text), sections, COUNT(sections), c, e);
}

static void clear(test_conf *c)
{
	free(c->realm);
	free(c->pem);
}

static void assert_refused(const char *text, const char *message)
{
	test_conf c;
	err e;

	assert_false(parse(&c, text, &e));
	assert_string_equal(e.text, message);
	assert_int_equal(e.kind, ERR_CONFIG);
	clear(&c);
}

TEST(values_of_every_kind_arrive)
{
	test_conf c;
	err e;

	assert_true(
		parse(&c,
		      "# a comment\n\n[server]\nrealm = example.net\nfast = Yes\nspi = 0x1a2B3c4d\n"
		      "key = 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
		      "[relay dmz1]\naddress = 192.168.60.10\n[relay dmz2]\naddress = 2001:db8::1",
		      &e));
	assert_string_equal(c.realm, "example.net");
	assert_true(c.fast);
	assert_int_equal(c.spi, 0x1a2b3c4d);
	for (uint8_t i = 0; i < 32; i++)
		assert_int_equal(c.key[i], i);
	assert_int_equal(c.n_relays, 2);
	assert_string_equal(c.relay[0].name, "dmz1");
	assert_int_equal(c.relay[0].address.len, 4);
	assert_string_equal(c.relay[1].name, "dmz2");
	assert_int_equal(c.relay[1].address.len, 16);
	clear(&c);
}

TEST(comments_behind_values_and_line_ends_of_other_systems_are_ignored)
{
	test_conf c;
	err e;

	assert_true(
		parse(&c, "\xef\xbb\xbf[server] # first\r\nrealm = a#b;c   # why\r\nspi=7;no\r\n",
		      &e) == false); /* "7;no" is no number: a comment needs a blank before it */
	clear(&c);
	assert_true(parse(
		&c, "\xef\xbb\xbf[server] # first\r\nrealm = a#b;c\t; why\r\nspi=7 ;no\r\n", &e));
	assert_string_equal(c.realm, "a#b;c");
	assert_int_equal(c.spi, 7);
	clear(&c);
}

TEST(indented_lines_go_on_with_the_value)
{
	test_conf c;
	err e;

	assert_true(parse(&c,
			  "[server]\nmux_ca =\n  -----BEGIN CERTIFICATE-----\n\n  MIIB==\n"
			  "\t-----END CERTIFICATE-----\nrealm = a\n  b\n",
			  &e));
	assert_string_equal(c.pem,
			    "-----BEGIN CERTIFICATE-----\nMIIB==\n-----END CERTIFICATE-----");
	assert_string_equal(c.realm, "a\nb");
	clear(&c);
}

TEST(a_file_that_is_indented_throughout_means_what_it_shows)
{
	test_conf c;
	err e;

	assert_true(parse(
		&c, "    [server]\n    realm = a\n    spi = 3\n      # c\n    [relay r]\n", &e));
	assert_string_equal(c.realm, "a");
	assert_int_equal(c.spi, 3);
	assert_int_equal(c.n_relays, 1);
	clear(&c);
}

TEST(long_lines_are_not_cut)
{
	for (size_t n = 100; n < 5000; n += 97) {
		char text[5200] = "[server]\nrealm = ", value[5001];
		for (size_t i = 0; i < n; i++)
			value[i] = "abc #;=[]:xyz"[i % 7 == 3 ? 4 + i % 4 : i % 3];
		value[0] = 'a';
		value[n - 1] = 'z';
		for (size_t i = 1; i < n; i++) /* what would be a comment is none */
			if (value[i - 1] == ' ' && strchr(" #;", value[i]))
				value[i] = 'q';
		value[n] = 0;
		strcat(text, value);
		test_conf c;
		err e;
		assert_true(parse(&c, text, &e));
		assert_string_equal(c.realm, value);
		clear(&c);
	}
}

TEST(long_lines_within_a_long_value_keep_their_ends)
{
	char text[2000] = "[server]\nmux_ca =\n", expect[2000] = "";

	for (int line = 0; line < 3; line++) {
		strcat(text, "  ");
		for (int i = 0; i < 450; i++) {
			strcat(text, i % 2 ? "a" : "=");
			strcat(expect, i % 2 ? "a" : "=");
		}
		strcat(text, "\n");
		strcat(expect, line < 2 ? "\n" : "");
	}
	test_conf c;
	err e;
	assert_true(parse(&c, text, &e));
	assert_string_equal(c.pem, expect);
	clear(&c);
}

TEST(repeatable_keys_append_and_others_may_not_repeat)
{
	test_conf c;
	err e;

	assert_true(parse(&c, "[server]\nhome = a\nhome = b\n", &e));
	assert_string_equal(c.homes, "a;b;");
	clear(&c);
	assert_refused("[server]\nspi = 1\nspi = 2\n", "x.conf:3: 'spi' is given twice");
}

TEST(an_unknown_key_names_the_line_and_the_nearest_key)
{
	assert_refused("[server]\n\nrealn = x\n",
		       "x.conf:3: unknown key 'realn' in [server]; did you mean 'realm'?");
	assert_refused("[server]\nzzzzzz = x\n",
		       "x.conf:2: unknown key 'zzzzzz' in [server]; known here: "
		       "realm, mux_ca, fast, spi, key, home");
	assert_refused("[relay r]\nadress = x\n",
		       "x.conf:2: unknown key 'adress' in [relay r]; did you mean 'address'?");
}

TEST(an_unknown_section_names_the_line_and_the_nearest_section)
{
	assert_refused("[server]\n[relais x]\n",
		       "x.conf:2: unknown section [relais x]; did you mean 'relay'?");
	assert_refused("[serve]\n", "x.conf:1: unknown section [serve]; did you mean 'server'?");
	assert_refused("[quite other]\n",
		       "x.conf:1: unknown section [quite other]; known here: server, relay");
}

TEST(sections_with_and_without_names_of_their_own_are_kept_apart)
{
	assert_refused("[relay]\n",
		       "x.conf:1: section [relay] needs a name of its own: [relay NAME]");
	assert_refused("[server x]\n",
		       "x.conf:1: section [server x] has no name of its own: [server]");
}

TEST(a_section_may_not_occur_twice)
{
	assert_refused("[server]\nspi = 1\n[server]\n", "x.conf:3: section [server] occurs twice");
	assert_refused("[relay a]\n[relay b]\n[relay  a]\n",
		       "x.conf:3: section [relay  a] occurs twice");
}

TEST(a_required_section_that_is_missing_is_an_error)
{
	assert_refused("", "x.conf: section [server] is missing");
	assert_refused("# nothing\n[relay a]\n", "x.conf: section [server] is missing");
}

TEST(a_refused_value_names_the_line_where_its_key_stands)
{
	assert_refused("[server]\nspi = 12a\nfast = yes\n",
		       "x.conf:2: spi: expected a number, not '12a'");
	assert_refused("[server]\nhome =\n  bad\n", "x.conf:2: home: expected a good home");
	assert_refused("[server]\nfast = maybe", "x.conf:2: fast: expected yes or no, not 'maybe'");
	assert_refused("[server]\nrealm =\n", "x.conf:2: realm: expected a value");
	assert_refused("[relay a]\naddress = 1.2.3\n",
		       "x.conf:2: address: expected an IP address, not '1.2.3'");
}

TEST(a_refused_key_is_not_repeated)
{
	assert_refused("[server]\nkey = 00ff\n", "x.conf:2: key: expected a key of 64 hex digits");
}

TEST(a_refused_section_gives_its_reason)
{
	assert_refused("[relay a]\n[relay b]\n[relay c]\n[relay d]\n",
		       "x.conf:4: [relay d]: too many relays");
}

TEST(lines_that_are_neither_are_errors)
{
	assert_refused("[server]\nwhat\n", "x.conf:2: expected KEY = VALUE or [SECTION]");
	assert_refused("[server]\nwhat\nspi = 1\n", "x.conf:2: expected KEY = VALUE or [SECTION]");
	assert_refused("[server]\nspi = 1\nwhat", "x.conf:3: expected KEY = VALUE or [SECTION]");
	assert_refused("spi = 1\n[server]\n", "x.conf:1: 'spi' stands before the first [SECTION]");
	assert_refused("[server\nspi = 1\n",
		       "x.conf:1: a section's name stands in brackets: [NAME]");
	assert_refused("[server] x\n", "x.conf:1: a section's name stands in brackets: [NAME]");
	assert_refused("[server]\nspi = 1\x01\n",
		       "x.conf:2: a control character; is this a text file?");
}

TEST(a_name_that_would_be_cut_is_refused)
{
	assert_refused("[relay 12345678901234567890123456789012345678901234]\n",
		       "x.conf:1: a section's name has at most 49 characters");
	test_conf c;
	err e;
	assert_true(parse(&c, "[server]\n[relay 1234567890123456789012345678901]\n", &e));
	assert_string_equal(c.relay[0].name, "1234567890123456789012345678901");
	clear(&c);
}

TEST(a_zero_octet_does_not_end_a_file_silently)
{
	static const char text[] = "[server]\nspi = 1\n\0[nonsense]\n";
	test_conf c = { 0 };
	err e;

	assert_false(conf_parse("x", text, sizeof text - 1, sections, COUNT(sections), &c, &e));
	assert_string_equal(e.text, "x:3: a control character; is this a text file?");
}

TEST(nobody_needs_to_want_the_error)
{
	test_conf c = { 0 };

	assert_false(conf_parse("x", "[a", 2, sections, COUNT(sections), &c, NULL));
	assert_false(conf_load("/nonexistent", sections, COUNT(sections), &c, NULL));
}

static void make_file(char path[32], const char *text, mode_t mode)
{
	strcpy(path, "/tmp/hw-conf-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

TEST(a_file_is_loaded_and_named_in_errors)
{
	char path[32], expect[128];
	test_conf c = { 0 };
	err e;

	make_file(path, "[server]\nspi = 9\n", 0600);
	assert_true(conf_load(path, sections, COUNT(sections), &c, &e));
	assert_int_equal(c.spi, 9);
	unlink(path);
	make_file(path, "[server]\nspi = x\n", 0600);
	assert_false(conf_load(path, sections, COUNT(sections), &c, &e));
	snprintf(expect, sizeof expect, "%s:2: spi: expected a number, not 'x'", path);
	assert_string_equal(e.text, expect);
	unlink(path);
	assert_false(conf_load(path, sections, COUNT(sections), &c, &e));
	assert_non_null(strstr(e.text, "No such file or directory"));
}

RUN(T(values_of_every_kind_arrive),
    T(comments_behind_values_and_line_ends_of_other_systems_are_ignored),
    T(indented_lines_go_on_with_the_value),
    T(a_file_that_is_indented_throughout_means_what_it_shows), T(long_lines_are_not_cut),
    T(long_lines_within_a_long_value_keep_their_ends),
    T(repeatable_keys_append_and_others_may_not_repeat),
    T(an_unknown_key_names_the_line_and_the_nearest_key),
    T(an_unknown_section_names_the_line_and_the_nearest_section),
    T(sections_with_and_without_names_of_their_own_are_kept_apart),
    T(a_section_may_not_occur_twice), T(a_required_section_that_is_missing_is_an_error),
    T(a_refused_value_names_the_line_where_its_key_stands), T(a_refused_key_is_not_repeated),
    T(a_refused_section_gives_its_reason), T(lines_that_are_neither_are_errors),
    T(a_name_that_would_be_cut_is_refused), T(a_zero_octet_does_not_end_a_file_silently),
    T(nobody_needs_to_want_the_error), T(a_file_is_loaded_and_named_in_errors))
