/* SPDX-License-Identifier: MIT */
/* Messages of a relay and home to each other (proto/relay_link.h), docs/protocol.md 18.4. */
#include "octets.h"
#include "proto/relay_link.h"

#define SIXTEEN(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x

/* clang-format off */
static const uint8_t hello[] = {
	0x12, 2, 1, 0,  0x20, 0, 0, 5,                    /* version 2, flags, SPI */
	0xe9, 0xf1, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7,   /* time */
	SIXTEEN(0xaa), SIXTEEN(0xbb),                     /* value */
	SIXTEEN(0xcc),
};
static const uint8_t refused[] = { 0x14, 0, 0, 0, 0, 0, 0, 0, SIXTEEN(0xaa) };
static const uint8_t admit[] = {
	16, 1, 0, 1,  0, 0, 0, 0, 0, 0, 0, 7,  0, 0, 0, 0, 0, 0, 0, 9,
	1, 2, 3, 4, 5, 6, 7, 8,                           /* handle */
	1, 0, 0, 0,                                       /* flags: removed */
	0x20, 0, 0, 1,  0x20, 0, 0, 2,  0x20, 0, 0, 3,    /* SPIs */
	9, 10, 11, 12, 13, 14, 15, 16,                    /* last identification */
	SIXTEEN(0x33), SIXTEEN(0x44),                         /* KEY3 */
};
static const uint8_t ack[] = { 17, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t ping[] = { 18, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t pong[] = { 19, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
/* clang-format on */

static const uint8_t value[] = { SIXTEEN(0xaa), SIXTEEN(0xbb) }, tag[] = { SIXTEEN(0xcc) };

TEST(lengths_are_those_of_the_figures)
{
	assert_int_equal(LINK_HELLO_LEN, sizeof hello);
	assert_int_equal(LINK_REFUSED_LEN, sizeof refused);
	assert_int_equal(LINK_ADMIT_HDR + LINK_ENTRY_LEN, sizeof admit);
}

TEST(a_hello_is_written_as_the_figure_says_but_for_its_authenticator)
{
	uint8_t b[LINK_HELLO_LEN + 1];
	wire_wr w = wire_writer(b, sizeof b);
	link_hello m = { .type = LINK_HELLO,
			 .flags = LINK_CONTINUES,
			 .spi = 0x20000005,
			 .time = 0xe9f1a2b3c4d5e6f7 };

	memcpy(m.value, value, sizeof m.value);
	uint8_t *auth = link_hello_put(&w, &m);
	assert_ptr_equal(auth, b + 48);
	memcpy(auth, tag, LINK_AUTH_LEN);
	assert_wrote(w, hello);
	w = wire_writer(b, LINK_HELLO_LEN - 1);
	assert_null(link_hello_put(&w, &m));
}

TEST(a_hello_is_read_with_what_its_authenticator_covers)
{
	link_hello m;

	assert_true(link_hello_get(hello, sizeof hello, &m));
	assert_int_equal(m.type, LINK_HELLO);
	assert_int_equal(m.spi, 0x20000005);
	assert_true(m.time == 0xe9f1a2b3c4d5e6f7);
	assert_int_equal(m.flags, LINK_CONTINUES);
	assert_memory_equal(m.value, value, sizeof m.value);
	assert_ptr_equal(m.covered.p, hello);
	assert_int_equal(m.covered.n, 48);
	assert_bytes(m.auth, tag);
}

TEST(a_handshake_of_another_type_version_or_length_is_refused)
{
	uint8_t b[LINK_HELLO_LEN + 1] = { 0 };
	link_hello m;

	for (size_t n = 0; n < sizeof hello; n++) {
		uint8_t *cut = octets_exact(hello, n);
		assert_false(link_hello_get(cut, n, &m));
		free(cut);
	}
	memcpy(b, hello, sizeof hello);
	assert_false(link_hello_get(b, sizeof b, &m));
	b[0] = 0x13; /* a welcome */
	assert_true(link_hello_get(b, sizeof hello, &m));
	assert_int_equal(m.type, LINK_WELCOME);
	b[0] = 0x11;
	assert_false(link_hello_get(b, sizeof hello, &m));
	b[0] = 0x14;
	assert_false(link_hello_get(b, sizeof hello, &m));
	b[0] = 0x12;
	b[1] = 1;
	assert_false(link_hello_get(b, sizeof hello, &m));
	b[1] = 3;
	assert_false(link_hello_get(b, sizeof hello, &m));
	b[1] = 0;
	assert_false(link_hello_get(b, sizeof hello, &m));
}

TEST(a_handshake_of_another_version_is_recognised_as_such)
{
	uint8_t version = 0;

	assert_false(link_is_other_version(hello, sizeof hello, &version));
	for (unsigned type = 0; type < 256; type++) {
		const uint8_t b[] = { (uint8_t)type, 1, 0 };
		bool handshake = type == 0x12 || type == 0x13;
		assert_int_equal(link_is_other_version(b, sizeof b, &version), handshake);
		assert_false(link_is_other_version(b, 1, &version));
	}
	assert_int_equal(version, 1);
}

TEST(a_refusal_repeats_the_authenticator_and_nothing_else)
{
	uint8_t b[32], auth[LINK_AUTH_LEN], longer[sizeof refused + 1] = { 0x14 };
	wire_wr w = wire_writer(b, sizeof b);

	link_refused_put(&w, value);
	assert_wrote(w, refused);
	assert_true(link_refused_get(refused, sizeof refused, auth));
	assert_memory_equal(auth, value, sizeof auth);
	for (size_t n = 0; n < sizeof refused; n++) {
		uint8_t *cut = octets_exact(refused, n);
		assert_false(link_refused_get(cut, n, auth));
		free(cut);
	}
	assert_false(link_refused_get(longer, sizeof longer, auth));
	for (size_t i = 0; i < 4; i++) {
		memcpy(b, refused, sizeof refused);
		b[i] ^= 1;
		assert_false(link_refused_get(b, sizeof refused, auth));
	}
}

TEST(an_admit_message_is_written_as_the_table_says)
{
	uint8_t b[sizeof admit + 1];
	wire_wr w = wire_writer(b, sizeof b);
	link_entry e = { .handle = 0x0102030405060708,
			 .flags = LINK_ENTRY_REMOVED,
			 .spis = { 0x20000001, 0x20000002, 0x20000003 },
			 .last_id = 0x090a0b0c0d0e0f10 };

	memset(b, 0xee, sizeof b);
	memset(e.key3, 0x33, 16);
	memset(e.key3 + 16, 0x44, 16);
	link_admit_put(&w, &(link_admit){ .flags = LINK_COMPLETE, .count = 1, .from = 7, .to = 9 });
	link_entry_put(&w, &e);
	assert_wrote(w, admit);
}

TEST(an_admit_message_is_read_entry_by_entry)
{
	wire_rd r = wire_reader(admit, sizeof admit);
	link_admit m;
	link_entry e;

	assert_true(link_admit_get(&r, &m));
	assert_int_equal(m.flags, LINK_COMPLETE);
	assert_int_equal(m.count, 1);
	assert_true(m.from == 7 && m.to == 9);
	assert_true(link_entry_get(&r, &e));
	assert_true(wire_done(&r));
	assert_true(e.handle == 0x0102030405060708);
	assert_int_equal(e.flags, LINK_ENTRY_REMOVED);
	assert_int_equal(e.spis[0], 0x20000001);
	assert_int_equal(e.spis[1], 0x20000002);
	assert_int_equal(e.spis[2], 0x20000003);
	assert_true(e.last_id == 0x090a0b0c0d0e0f10);
	assert_memory_equal(e.key3, admit + 52, 32);
	assert_false(link_entry_get(&r, &e));
}

TEST(an_admit_message_whose_count_or_versions_cannot_be_is_refused)
{
	uint8_t b[sizeof admit];
	link_admit m;

	for (size_t n = 0; n < sizeof admit; n++) {
		uint8_t *cut = octets_exact(admit, n);
		wire_rd r = wire_reader(cut, n);
		assert_false(link_admit_get(&r, &m));
		free(cut);
	}
	for (uint8_t count = 0; count < 4; count++) {
		memcpy(b, admit, sizeof b);
		b[3] = count;
		wire_rd r = wire_reader(b, sizeof b);
		assert_int_equal(link_admit_get(&r, &m), count == 1);
	}
	for (uint8_t from = 8; from < 11; from++) { /* to is 9 */
		memcpy(b, admit, sizeof b);
		b[11] = from;
		wire_rd r = wire_reader(b, sizeof b);
		assert_int_equal(link_admit_get(&r, &m), from <= 9);
	}
	for (uint8_t kind = 14; kind < 20; kind++) {
		memcpy(b, admit, sizeof b);
		b[0] = kind;
		wire_rd r = wire_reader(b, sizeof b);
		assert_int_equal(link_admit_get(&r, &m), kind == 16);
	}
}

TEST(a_full_admit_message_fits_a_datagram)
{
	assert_true(LINK_ADMIT_HDR + LINK_ENTRIES_MAX * LINK_ENTRY_LEN <= 1200);
	assert_true(LINK_ADMIT_HDR + (LINK_ENTRIES_MAX + 1) * LINK_ENTRY_LEN > 1150);
}

TEST(acknowledgements_are_written_and_read)
{
	uint8_t b[32];
	uint64_t version;
	wire_wr w = wire_writer(b, sizeof b);

	memset(b, 0xee, sizeof b);
	link_ack_put(&w, 0x0102030405060708);
	assert_wrote(w, ack);
	wire_rd r = wire_reader(ack, sizeof ack);
	assert_true(link_ack_get(&r, &version));
	assert_true(version == 0x0102030405060708);
	r = wire_reader(ack, sizeof ack - 1);
	assert_false(link_ack_get(&r, &version));
	r = wire_reader(b, sizeof ack + 1);
	assert_false(link_ack_get(&r, &version));
	for (uint8_t kind = 15; kind < 20; kind++) {
		b[0] = kind;
		r = wire_reader(b, sizeof ack);
		assert_int_equal(link_ack_get(&r, &version), kind == 17);
	}
}

TEST(pings_and_pongs_are_written_and_read)
{
	uint8_t b[32];
	link_ping m;
	wire_wr w = wire_writer(b, sizeof b);

	memset(b, 0xee, sizeof b);
	link_ping_put(&w, &(link_ping){ .kind = LINK_PING, .stamp = 0x0102030405060708 });
	assert_wrote(w, ping);
	w = wire_writer(b, sizeof b);
	link_ping_put(&w, &(link_ping){ .kind = LINK_PONG, .stamp = 0x0102030405060708 });
	assert_wrote(w, pong);
	wire_rd r = wire_reader(pong, sizeof pong);
	assert_true(link_ping_get(&r, &m));
	assert_int_equal(m.kind, LINK_PONG);
	assert_true(m.stamp == 0x0102030405060708);
	r = wire_reader(ping, sizeof ping);
	assert_true(link_ping_get(&r, &m));
	assert_int_equal(m.kind, LINK_PING);
	r = wire_reader(ping, sizeof ping - 1);
	assert_false(link_ping_get(&r, &m));
	r = wire_reader(b, sizeof pong + 1);
	assert_false(link_ping_get(&r, &m));
	for (uint8_t kind = 16; kind < 22; kind++) {
		b[0] = kind;
		r = wire_reader(b, sizeof pong);
		assert_int_equal(link_ping_get(&r, &m), kind == 18 || kind == 19);
	}
}

RUN(T(lengths_are_those_of_the_figures),
    T(a_hello_is_written_as_the_figure_says_but_for_its_authenticator),
    T(a_hello_is_read_with_what_its_authenticator_covers),
    T(a_handshake_of_another_type_version_or_length_is_refused),
    T(a_handshake_of_another_version_is_recognised_as_such),
    T(a_refusal_repeats_the_authenticator_and_nothing_else),
    T(an_admit_message_is_written_as_the_table_says), T(an_admit_message_is_read_entry_by_entry),
    T(an_admit_message_whose_count_or_versions_cannot_be_is_refused),
    T(a_full_admit_message_fits_a_datagram), T(acknowledgements_are_written_and_read),
    T(pings_and_pongs_are_written_and_read))
