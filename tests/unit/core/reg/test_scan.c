/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/scan.h"

typedef struct message {
	uint8_t p[MIP_MAX_MESSAGE];
	wire_wr w;
	reg_scan s;
} message;

static void start(message *m)
{
	const mip_request q = { .lifetime_s = 600,
				.home_address = ip4(0, 0, 0, 0),
				.home_agent = ip4(0, 0, 0, 0),
				.care_of = ip4(0, 0, 0, 0) };

	m->w = wire_writer(m->p, sizeof m->p);
	mip_request_put(&m->w, &q);
}

static void vendor(message *m, uint16_t type)
{
	mip_vendor_close(&m->w, mip_vendor_open(&m->w, type));
}

static void raw(message *m, const char *octets, size_t n)
{
	wire_put(&m->w, octets, n);
}

static void auth(message *m, uint8_t type, uint32_t spi)
{
	memset(mip_auth_ext_put(&m->w, type, spi, AUTH_LEN), 0x77, AUTH_LEN);
}

static bool scan(message *m)
{
	assert_false(m->w.bad);
	return reg_scan_message(m->p, wire_len(&m->w), &m->s);
}

TEST(known_extensions_before_the_authentication_are_noted_in_order)
{
	static message m;

	start(&m);
	raw(&m,
	    "\x83\x03"
	    "abc",
	    5); /* NAI */
	vendor(&m, VENDOR_STANDBY);
	raw(&m, "\xc8\x02zz", 4); /* type 200, which is not known */
	vendor(&m, VENDOR_NONCE);
	vendor(&m, VENDOR_STANDBY); /* once more */
	vendor(&m, 999);
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	vendor(&m, VENDOR_HOME_LINK);
	assert_true(scan(&m));
	assert_int_equal(m.s.n_extensions, 4);
	assert_int_equal(m.s.extensions[0].type, MIP_EXT_NAI);
	assert_memory_equal(m.s.extensions[0].body.p, "abc", 3);
	assert_int_equal(m.s.extensions[1].vendor_type, VENDOR_STANDBY);
	assert_int_equal(m.s.extensions[2].vendor_type, VENDOR_NONCE);
	assert_int_equal(m.s.extensions[3].vendor_type, VENDOR_STANDBY);
}

TEST(without_an_authentication_nothing_is_noted)
{
	static message m;

	start(&m);
	vendor(&m, VENDOR_STANDBY);
	assert_true(scan(&m));
	assert_false(m.s.mobile_home.present);
	assert_int_equal(m.s.n_extensions, 0);
	assert_int_equal(m.s.inner_len, 0);
}

TEST(a_message_has_room_for_so_many_extensions_and_no_more)
{
	static message m;

	start(&m);
	for (int i = 0; i < REG_EXTENSIONS; i++)
		vendor(&m, VENDOR_STANDBY);
	raw(&m, "\xc8\x02zz", 4); /* what is not known does not count */
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	vendor(&m, VENDOR_STANDBY); /* nor what follows */
	assert_true(scan(&m));
	assert_int_equal(m.s.n_extensions, REG_EXTENSIONS);
	start(&m);
	for (int i = 0; i < REG_EXTENSIONS + 1; i++)
		vendor(&m, VENDOR_STANDBY);
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	assert_false(scan(&m));
}

TEST(each_authentication_is_the_first_of_its_type_and_covers_what_stands_before_its_tag)
{
	static message m;
	const uint8_t types[] = { MIP_EXT_MOBILE_HOME, MIP_EXT_MOBILE_FOREIGN,
				  MIP_EXT_FOREIGN_HOME };
	const reg_auth *got[] = { &m.s.mobile_home, &m.s.mobile_foreign, &m.s.foreign_home };
	size_t ends[COUNT(types)];

	start(&m);
	for (uint32_t i = 0; i < COUNT(types); i++) {
		auth(&m, types[i], 100 + i);
		ends[i] = wire_len(&m.w);
	}
	for (uint32_t i = 0; i < COUNT(types); i++)
		auth(&m, types[i], 200 + i);
	assert_true(scan(&m));
	for (uint32_t i = 0; i < COUNT(types); i++) {
		assert_true(got[i]->present);
		assert_int_equal(got[i]->spi, 100 + i);
		assert_int_equal(got[i]->authenticator.n, AUTH_LEN);
		assert_int_equal(got[i]->covered.n, ends[i] - AUTH_LEN);
		assert_ptr_equal(got[i]->covered.p, m.p);
	}
	assert_int_equal(m.s.inner_len, ends[0]);
}

TEST(an_authentication_without_an_authenticator_is_malformed)
{
	static message m;
	const char *const types[] = { "\x20", "\x21", "\x22" };

	for (size_t i = 0; i < COUNT(types); i++) {
		start(&m);
		raw(&m, types[i], 1);
		raw(&m, "\x04\0\0\0\x07", 5);
		assert_false(scan(&m));
	}
}

TEST(an_unknown_critical_extension_is_reported_and_others_are_skipped)
{
	static message m;

	start(&m);
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	raw(&m, "\xc8\x02zz", 4); /* type 200: may be skipped */
	assert_true(scan(&m));
	assert_false(m.s.unknown_critical);
	start(&m);
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	raw(&m, "\x64\x02zz", 4); /* type 100 */
	assert_true(scan(&m));
	assert_true(m.s.unknown_critical);
	start(&m);
	vendor(&m, 999);
	assert_true(scan(&m));
	assert_true(m.s.unknown_critical);
}

TEST(every_extension_that_we_write_is_known)
{
	static message m;
	const uint16_t types[] = { VENDOR_GENERAL_NAI, VENDOR_GENERAL_IP, VENDOR_GENERAL_L2,
				   VENDOR_GENERAL_SA,  VENDOR_SA_PAYLOAD, VENDOR_KEY_EXCHANGE,
				   VENDOR_NONCE,       VENDOR_NOTIFY,     VENDOR_HOME_LINK,
				   VENDOR_STANDBY,     VENDOR_RELAY_NAME, VENDOR_RELAY_KEY,
				   VENDOR_CARRIER };

	start(&m);
	for (size_t i = 0; i < COUNT(types); i++)
		vendor(&m, types[i]);
	mip_udp_request_put(&m.w, &(mip_udp_request){ .encapsulation = 50 });
	mip_udp_reply_put(&m.w, &(mip_udp_reply){ .keepalive_s = 5 });
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	auth(&m, MIP_EXT_MOBILE_FOREIGN, 8);
	auth(&m, MIP_EXT_FOREIGN_HOME, 9);
	assert_true(scan(&m));
	assert_false(m.s.unknown_critical);
	assert_int_equal(m.s.n_extensions, COUNT(types) + 2);
}

TEST(a_relays_name_may_stand_anywhere_and_its_key_after_the_authentication)
{
	static message m;

	start(&m);
	vendor(&m, VENDOR_CARRIER);
	vendor(&m, VENDOR_RELAY_KEY);
	vendor(&m, VENDOR_RELAY_NAME);
	const uint8_t *first = m.w.p; /* its body, which is empty */
	assert_true(scan(&m));
	assert_true(m.s.has_relay_name && !m.s.has_relay_key);
	assert_ptr_equal(m.s.relay_name.p, first);
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	const uint8_t *key = m.w.p;
	vendor(&m, VENDOR_RELAY_KEY);
	vendor(&m, VENDOR_RELAY_KEY);
	vendor(&m, VENDOR_RELAY_NAME);
	assert_true(scan(&m));
	assert_true(m.s.has_relay_key);
	assert_ptr_equal(m.s.relay_key.at, key);
	assert_ptr_equal(m.s.relay_name.p, first);
}

TEST(extensions_that_overrun_are_malformed)
{
	static message m;

	start(&m);
	auth(&m, MIP_EXT_MOBILE_HOME, 7);
	raw(&m, "\xc8\x03zz", 4);
	assert_false(scan(&m));
}

RUN(T(known_extensions_before_the_authentication_are_noted_in_order),
    T(without_an_authentication_nothing_is_noted),
    T(a_message_has_room_for_so_many_extensions_and_no_more),
    T(each_authentication_is_the_first_of_its_type_and_covers_what_stands_before_its_tag),
    T(an_authentication_without_an_authenticator_is_malformed),
    T(an_unknown_critical_extension_is_reported_and_others_are_skipped),
    T(every_extension_that_we_write_is_known),
    T(a_relays_name_may_stand_anywhere_and_its_key_after_the_authentication),
    T(extensions_that_overrun_are_malformed))
