/* SPDX-License-Identifier: MIT */
/* Agent advertisements (proto/agent_adv.h), RFC 5944 2.1 and docs/protocol.md 19. */
#include "octets.h"
#include "proto/agent_adv.h"

/* clang-format off */
static const uint8_t own[] = {
	9, 16, 0xba, 0x6a,  0, 2, 0x07, 0x08,               /* no router, 1,800 s */
	16, 10, 0x01, 0x02,  0xff, 0xff, 0x91, 0x80,        /* R F T U */
	203, 0, 113, 10,
	134, 15, 0, 0,  0, 0, 0x7e, 0xd9,  0, 26, 1,        /* SA2 */
	0x01, 0xb2,  'd', 'm', 'z', '1',                    /* port 434 */
};
static const uint8_t other_vendors[] = {
	9, 0, 0, 0,  2, 2, 0, 60,                           /* two routers of an ordinary agent */
	192, 0, 2, 1, 0, 0, 0, 0,  192, 0, 2, 2, 0, 0, 0, 9,
	19, 1, 24,                                          /* prefix lengths, RFC 5944 2.1.2 */
	16, 10, 0, 7,  0x0e, 0x10, 0x30, 0,
	192, 0, 2, 3,
	16, 10, 0, 8,  0x0e, 0x10, 0xff, 0,                 /* a second one is not read */
	192, 0, 2, 4,
};
static const uint8_t solicitation[] = { 10, 0, 0xf5, 0xff, 0, 0, 0, 0 };
/* clang-format on */

enum { ROOM = 256 };

static void mend(uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	store_be16(p + 2, 0);
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	store_be16(p + 2, (uint16_t)~sum);
}

static bool can_get(uint8_t *p, size_t n, agent_adv *a)
{
	mend(p, n);
	uint8_t *copy = octets_exact(p, n);
	bool ok = agent_adv_get(copy, n, a);

	free(copy);
	return ok;
}

static agent_adv example(void)
{
	agent_adv a = { .router_lifetime_s = 1800,
			.sequence = 0x0102,
			.registration_lifetime_s = 0xffff,
			.flags = AGENT_R | AGENT_F | AGENT_T | AGENT_U,
			.care_of = ip4(203, 0, 113, 10),
			.port = 434,
			.sa2 = true };

	strcpy(a.name, "dmz1");
	return a;
}

TEST(an_advertisement_is_written_as_the_figure_says)
{
	uint8_t b[ROOM];
	agent_adv a = example();

	assert_int_equal(agent_adv_put(&a, b, sizeof b), sizeof own);
	assert_memory_equal(b, own, sizeof own);
	assert_int_equal(agent_adv_put(&a, b, sizeof own), sizeof own);
	assert_int_equal(agent_adv_put(&a, b, sizeof own - 1), 0);
}

TEST(an_advertisement_is_read)
{
	agent_adv a;

	assert_true(agent_adv_get(own, sizeof own, &a));
	assert_int_equal(a.router_lifetime_s, 1800);
	assert_int_equal(a.router.len, 0);
	assert_int_equal(a.sequence, 0x0102);
	assert_int_equal(a.registration_lifetime_s, 0xffff);
	assert_int_equal(a.flags, 0x9180);
	assert_true(ip_equal(&a.care_of, &(ip_addr){ 4, { 203, 0, 113, 10 } }));
	assert_int_equal(a.port, 434);
	assert_true(a.sa2);
	assert_string_equal(a.name, "dmz1");
}

TEST(flags_are_the_bits_of_the_rfc)
{
	assert_int_equal(AGENT_R | AGENT_B | AGENT_H | AGENT_F, 0xf000);
	assert_int_equal(AGENT_B, 0x4000);
	assert_int_equal(AGENT_H, 0x2000);
	assert_int_equal(AGENT_F, 0x1000);
	assert_int_equal(AGENT_T, 0x0100);
	assert_int_equal(AGENT_U, 0x0080);
}

TEST(an_ordinary_foreign_agent_is_read)
{
	uint8_t b[sizeof other_vendors];
	agent_adv a;

	memcpy(b, other_vendors, sizeof b);
	assert_true(can_get(b, sizeof b, &a));
	assert_int_equal(a.router_lifetime_s, 60);
	assert_true(ip_equal(&a.router, &(ip_addr){ 4, { 192, 0, 2, 1 } }));
	assert_int_equal(a.sequence, 7);
	assert_int_equal(a.registration_lifetime_s, 3600);
	assert_int_equal(a.flags, AGENT_H | AGENT_F);
	assert_int_equal(a.care_of.b[3], 3);
	assert_int_equal(a.port, 0);
	assert_false(a.sa2);
	assert_string_equal(a.name, "");
}

TEST(a_router_alone_is_no_agent)
{
	uint8_t b[] = { 9, 0, 0, 0, 1, 2, 0, 60, 192, 0, 2, 1, 0, 0, 0, 0 };
	agent_adv a;

	assert_false(can_get(b, sizeof b, &a));
	assert_int_equal(a.router.b[3], 1);
}

/* RFC 1256 3: entries may be longer than what is known of them. */
TEST(router_entries_of_any_size_are_passed_over)
{
	uint8_t longer[] = { 9, 0, 0, 0, 1, 3, 0,  60, 192, 0, 2, 1, 0,    0,
			     0, 0, 1, 2, 3, 4, 16, 6,  0,   7, 0, 9, 0x10, 0 };
	uint8_t shorter[] = { 9, 0, 0, 0, 1, 1, 0, 60, 192, 0, 2, 1, 16, 6, 0, 7, 0, 9, 0x10, 0 };
	uint8_t beyond[] = { 9, 0, 0, 0, 9, 2, 0, 60, 192, 0, 2, 1, 16, 6, 0, 7, 0, 9, 0x10, 0 };
	agent_adv a;

	assert_true(can_get(longer, sizeof longer, &a));
	assert_int_equal(a.router.len, 4);
	assert_int_equal(a.sequence, 7);
	assert_int_equal(a.care_of.len, 0);
	assert_true(can_get(shorter, sizeof shorter, &a));
	assert_int_equal(a.router.len, 0);
	assert_false(can_get(beyond, sizeof beyond, &a));
}

TEST(an_agent_that_is_a_router_says_so)
{
	uint8_t b[ROOM];
	agent_adv a = example(), again;

	a.router = ip4(203, 0, 113, 1);
	a.care_of = (ip_addr){ 0 };
	size_t n = agent_adv_put(&a, b, sizeof b);
	static const uint8_t head[] = { 0, 0x07, 0x08 };
	static const uint8_t router[] = { 203, 0, 113, 1, 0, 0, 0, 0, 16, 6, 1, 2 };
	assert_int_equal(b[1], 0);
	assert_int_equal(b[4], 1);
	assert_int_equal(b[5], 2);
	assert_memory_equal(b + 6, head + 1, 2);
	assert_memory_equal(b + 8, router, sizeof router);
	assert_true(agent_adv_get(b, n, &again));
	assert_true(ip_equal(&again.router, &a.router));
	assert_int_equal(again.care_of.len, 0);
}

TEST(no_sa2_is_read_as_none)
{
	uint8_t b[sizeof own];
	agent_adv a;

	memcpy(b, own, sizeof b);
	b[30] = 0xfe;
	assert_true(can_get(b, sizeof b, &a));
	assert_false(a.sa2);
	a = example();
	a.sa2 = false;
	assert_int_equal(agent_adv_put(&a, b, sizeof b), sizeof own);
	assert_int_equal(b[30], 0);
}

TEST(any_octet_changed_is_noticed_by_the_checksum)
{
	agent_adv a;

	for (size_t i = 0; i < sizeof own; i++) {
		uint8_t b[sizeof own];
		memcpy(b, own, sizeof b);
		b[i] ^= 0x20;
		assert_false(agent_adv_get(b, sizeof b, &a));
	}
}

TEST(an_advertisement_cut_anywhere_is_refused)
{
	uint8_t b[sizeof own];
	agent_adv a;

	for (size_t n = 8; n < sizeof own; n++) {
		memcpy(b, own, sizeof own);
		/* An even cut after the mobility extension, or within the name, leaves something whole. */
		bool whole = n == 20;
		assert_int_equal(can_get(b, n, &a), whole);
	}
	for (size_t n = 0; n < 8; n++) {
		memset(b, 0, sizeof b);
		assert_false(agent_adv_get(b, n, &a));
	}
}

TEST(a_name_too_long_or_with_a_zero_in_it_is_refused)
{
	uint8_t b[ROOM];
	agent_adv a = example(), again;

	memset(a.name, 'x', AGENT_NAME_MAX);
	size_t n = agent_adv_put(&a, b, sizeof b);
	assert_true(can_get(b, n, &again));
	assert_string_equal(again.name, a.name);
	b[21]++;
	b[n] = 'x';
	assert_false(can_get(b, n + 1, &again));
	memcpy(b, own, sizeof own);
	b[sizeof own - 1] = 0;
	assert_false(can_get(b, sizeof own, &again));
}

TEST(a_mobility_extension_too_short_is_refused)
{
	uint8_t b[] = { 9, 16, 0, 0, 0, 2, 0, 60, 16, 5, 0, 7, 0, 9, 0x10 };
	agent_adv a;

	assert_false(can_get(b, sizeof b, &a));
}

TEST(another_icmp_message_is_no_advertisement)
{
	uint8_t b[sizeof own];
	agent_adv a;

	memcpy(b, own, sizeof b);
	b[0] = 10;
	assert_false(can_get(b, sizeof b, &a));
	b[0] = 8;
	assert_false(can_get(b, sizeof b, &a));
}

TEST(a_solicitation_is_eight_octets)
{
	uint8_t b[16];

	memset(b, 0xee, sizeof b);
	assert_int_equal(agent_solicit_put(b, sizeof b), sizeof solicitation);
	assert_memory_equal(b, solicitation, sizeof solicitation);
	assert_int_equal(b[8], 0xee);
	assert_int_equal(agent_solicit_put(b, 8), 8);
	assert_int_equal(agent_solicit_put(b, 7), 0);
	assert_true(agent_solicit_get(solicitation, sizeof solicitation));
}

TEST(what_is_no_solicitation_is_not_taken_for_one)
{
	uint8_t b[16] = { 0 };

	assert_false(agent_solicit_get(solicitation, 7));
	for (size_t i = 0; i < sizeof solicitation; i++) {
		memcpy(b, solicitation, sizeof solicitation);
		b[i] ^= 1;
		assert_false(agent_solicit_get(b, sizeof solicitation));
	}
	memcpy(b, solicitation, sizeof solicitation);
	b[1] = 1;
	mend(b, 8);
	assert_false(agent_solicit_get(b, 8));
	b[0] = 9;
	b[1] = 0;
	mend(b, 8);
	assert_false(agent_solicit_get(b, 8));
}

TEST(extensions_of_other_types_are_passed_over)
{
	uint8_t b[] = { 9,  16, 0, 0, 0, 2, 0,    60, 15, 6, 0, 1, 0, 1, 0x20, 0,
			17, 6,  0, 2, 0, 2, 0x40, 0,  16, 6, 0, 7, 0, 9, 0x10, 0 };
	agent_adv a;

	assert_true(can_get(b, sizeof b, &a));
	assert_int_equal(a.sequence, 7);
	assert_int_equal(a.flags, AGENT_F);
}

TEST(ipv6_addresses_have_no_place)
{
	uint8_t b[ROOM];
	agent_adv a = example(), again;

	a.router = a.care_of = (ip_addr){ 16, { 0x20, 1 } };
	size_t n = agent_adv_put(&a, b, sizeof b);
	assert_int_equal(n, sizeof own - 4);
	assert_int_equal(b[1], 16);
	assert_true(agent_adv_get(b, n, &again));
	assert_int_equal(again.router.len, 0);
	assert_int_equal(again.care_of.len, 0);
}

RUN(T(an_advertisement_is_written_as_the_figure_says), T(an_advertisement_is_read),
    T(flags_are_the_bits_of_the_rfc), T(an_ordinary_foreign_agent_is_read),
    T(a_router_alone_is_no_agent), T(router_entries_of_any_size_are_passed_over),
    T(an_agent_that_is_a_router_says_so), T(no_sa2_is_read_as_none),
    T(any_octet_changed_is_noticed_by_the_checksum), T(an_advertisement_cut_anywhere_is_refused),
    T(a_name_too_long_or_with_a_zero_in_it_is_refused),
    T(a_mobility_extension_too_short_is_refused), T(another_icmp_message_is_no_advertisement),
    T(a_solicitation_is_eight_octets), T(what_is_no_solicitation_is_not_taken_for_one),
    T(extensions_of_other_types_are_passed_over), T(ipv6_addresses_have_no_place))
