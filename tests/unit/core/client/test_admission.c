/* SPDX-License-Identifier: MIT */
#include "core/client/admission.h"
#include "unit.h"

enum { SPI = 0x2a2b3c4d, GRANTED_SPI = 0x3badcafe, RELAY = 1 };

static client_conf conf;
static const client_host host = { .conf = &conf };
static client_agents agents;
static client_credential credential;
static client_admission admission;
static const client_path relayed = { .slot = 3, .agent = RELAY, .by_relay = true };

static void start(const char *relay_name)
{
	memset(conf.key0, 7, sizeof conf.key0);
	agents = (client_agents){ .host = &host };
	strcpy(agents.list[RELAY].relay.name, relay_name);
	assert_true(client_credential_init(&credential, &host, &(client_saved){ 0 }));
	client_admission_init(&admission, &credential, &agents);
}

static reg_key3 granted(void)
{
	reg_key3 k = { .spi = GRANTED_SPI };

	memset(k.key, 0x33, sizeof k.key);
	return k;
}

static void grant(uint64_t until_ms)
{
	const reg_key3 k = granted();

	client_admission_grant(&admission, &relayed, until_ms, &k);
}

typedef struct message {
	uint8_t bytes[MIP_MAX_MESSAGE];
	size_t unsigned_len, len;
	reg_key3 used;
	reg_scan scan;
} message;

static void sign(message *m, bool first)
{
	const reg_request q = { .identification = 5,
				.pseudonym = SPI,
				.care_of = ip4(10, 1, 0, 10),
				.nai = "alice@example.net" };

	m->unsigned_len = client_credential_build(&credential, &q, m->bytes);
	assert_true(m->unsigned_len > 0);
	m->len = client_admission_sign(&admission, &relayed, SPI, first, m->bytes, m->unsigned_len,
				       &m->used);
	assert_true(m->len > 0 && reg_scan_message(m->bytes, m->len, &m->scan));
}

static void sign_request(message *m)
{
	sign(m, false);
}

/* What a request is signed by now. */
static reg_key3 key_in_use(void)
{
	message m;

	sign_request(&m);
	return m.used;
}

static reg_key3 key_of_credential(const char *relay_name)
{
	reg_key3 k = { .spi = SPI };

	assert_true(reg_derive_key3(conf.key0, relay_name, k.key));
	return k;
}

static void assert_same_key(reg_key3 a, reg_key3 b)
{
	assert_int_equal(a.spi, b.spi);
	assert_memory_equal(a.key, b.key, sizeof a.key);
}

TEST(a_path_without_a_relay_is_always_open)
{
	const client_path direct = { .slot = 3 };

	start("");
	assert_true(client_admission_is_open(&admission, &direct, 0));
	assert_true(client_admission_was_granted(&admission, &direct));
}

TEST(a_relay_is_open_until_the_time_it_granted)
{
	start("r1");
	assert_false(client_admission_is_open(&admission, &relayed, 0));
	assert_false(client_admission_was_granted(&admission, &relayed));
	grant(1000);
	assert_true(client_admission_is_open(&admission, &relayed, 999));
	assert_false(client_admission_is_open(&admission, &relayed, 1000));
	assert_true(client_admission_was_granted(&admission, &relayed));
}

TEST(an_admission_belongs_to_one_path)
{
	const client_path other = { .slot = 4, .agent = RELAY, .by_relay = true };

	start("r1");
	grant(1000);
	assert_false(client_admission_is_open(&admission, &other, 0));
	client_admission_forget(&admission, &other);
	assert_true(client_admission_is_open(&admission, &relayed, 0));
}

TEST(the_first_request_is_signed_by_a_key_of_the_credential_and_the_relays_name)
{
	message m;

	start("r1");
	sign_request(&m);
	assert_true(m.scan.mobile_foreign.present);
	assert_int_equal(m.scan.mobile_foreign.spi, SPI);
	assert_same_key(m.used, key_of_credential("r1"));
	assert_true(reg_verify_mobile_foreign(&m.scan, m.used.key));
	assert_true(client_credential_verifies(&credential, &m.scan)); /* as before */
	start("r2");
	assert_same_key(key_in_use(), key_of_credential("r2"));
}

TEST(a_relay_whose_name_is_not_known_gets_a_request_without_signature)
{
	message m;

	start("");
	sign_request(&m);
	assert_int_equal(m.len, m.unsigned_len);
	assert_int_equal(m.used.spi, 0);
	assert_false(m.scan.mobile_foreign.present);
}

TEST(what_home_granted_signs_from_then_on)
{
	start("r1");
	grant(1000);
	assert_same_key(key_in_use(), granted());
	client_admission_grant(&admission, &relayed, 2000, &(reg_key3){ 0 }); /* no new key */
	assert_same_key(key_in_use(), granted());
	assert_true(client_admission_is_open(&admission, &relayed, 1999));
}

TEST(a_closed_path_keeps_its_key_and_a_forgotten_one_does_not)
{
	start("r1");
	grant(1000);
	client_admission_close(&admission, &relayed);
	assert_false(client_admission_is_open(&admission, &relayed, 0));
	assert_false(client_admission_was_granted(&admission, &relayed));
	assert_same_key(key_in_use(), granted());
	grant(1000);
	client_admission_forget(&admission, &relayed);
	assert_false(client_admission_is_open(&admission, &relayed, 0));
	assert_same_key(key_in_use(), key_of_credential("r1"));
}

TEST(a_key_that_the_relay_lost_gives_way_to_that_of_the_credential)
{
	start("r1");
	const reg_key3 first = key_in_use();
	assert_false(client_admission_drop_key(&admission, &relayed, &first));
	assert_false(client_admission_drop_key(&admission, &relayed, &(reg_key3){ 0 }));
	grant(1000);
	assert_false(client_admission_drop_key(&admission, &relayed, &first)); /* an older one */
	assert_same_key(key_in_use(), granted());
	const reg_key3 lost = granted();
	assert_true(client_admission_drop_key(&admission, &relayed, &lost));
	assert_same_key(key_in_use(), first);
	assert_false(client_admission_drop_key(&admission, &relayed, &lost));
}

TEST(a_request_that_was_repeated_is_signed_by_the_key_of_the_credential_which_is_always_good)
{
	message m;

	start("r1");
	grant(1000);
	sign(&m, true);
	assert_same_key(m.used, key_of_credential("r1"));
	assert_same_key(key_in_use(), granted()); /* nothing is forgotten by that */
	client_admission_forget_key(&admission, &relayed);
	assert_same_key(key_in_use(), key_of_credential("r1"));
	assert_true(client_admission_is_open(&admission, &relayed, 999));
}

TEST(a_message_is_the_relays_only_under_the_spi_and_the_key_of_the_request)
{
	message m;

	start("r1");
	sign_request(&m);
	assert_true(client_admission_is_signed(&m.scan, &m.used));
	reg_key3 other = m.used;
	other.spi++;
	assert_false(client_admission_is_signed(&m.scan, &other));
	other.spi -= 2;
	assert_false(client_admission_is_signed(&m.scan, &other));
	other = m.used;
	other.key[0]++;
	assert_false(client_admission_is_signed(&m.scan, &other));
	m.bytes[m.len - 1]++;
	assert_false(client_admission_is_signed(&m.scan, &m.used));
}

TEST(a_request_without_a_key_accepts_no_signature)
{
	const uint8_t zeros[KEY3_LEN] = { 0 };
	message m;

	start("");
	sign_request(&m);
	assert_false(client_admission_is_signed(&m.scan, &m.used));
	m.len = reg_auth_add(m.bytes, m.len, sizeof m.bytes, MIP_EXT_MOBILE_FOREIGN, 0, zeros);
	assert_true(m.len > 0 && reg_scan_message(m.bytes, m.len, &m.scan));
	assert_false(client_admission_is_signed(&m.scan, &(reg_key3){ 0 }));
}

TEST(a_message_without_room_for_the_signature_is_not_sent)
{
	uint8_t msg[MIP_MAX_MESSAGE] = { 0 };
	reg_key3 used;

	start("r1");
	assert_int_equal(
		client_admission_sign(&admission, &relayed, SPI, false, msg, sizeof msg, &used), 0);
}

RUN(T(a_request_that_was_repeated_is_signed_by_the_key_of_the_credential_which_is_always_good),
    T(a_path_without_a_relay_is_always_open), T(a_relay_is_open_until_the_time_it_granted),
    T(an_admission_belongs_to_one_path),
    T(the_first_request_is_signed_by_a_key_of_the_credential_and_the_relays_name),
    T(a_relay_whose_name_is_not_known_gets_a_request_without_signature),
    T(what_home_granted_signs_from_then_on),
    T(a_closed_path_keeps_its_key_and_a_forgotten_one_does_not),
    T(a_key_that_the_relay_lost_gives_way_to_that_of_the_credential),
    T(a_message_is_the_relays_only_under_the_spi_and_the_key_of_the_request),
    T(a_request_without_a_key_accepts_no_signature),
    T(a_message_without_room_for_the_signature_is_not_sent))
