/* SPDX-License-Identifier: MIT */
#include "octets.h"

#include "proto/dns.h"

enum { ID = 0x1234, ROOM = 4 };

static const dns_question a_of_home = { .id = ID, .type = DNS_A, .host = "home.example.net" };
static const dns_question aaaa_of_home = { .id = ID, .type = DNS_AAAA, .host = "home.example.net" };

#define HEAD(flags, answers) 0x12, 0x34, (flags) >> 8, (flags)&0xff, 0, 1, 0, answers, 0, 0, 0, 0
#define NAME                 4, 'h', 'o', 'm', 'e', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'n', 'e', 't', 0
#define ASKED                NAME, 0, DNS_A, 0, 1
#define AT_NAME              0xc0, 12     /* home.example.net */
#define AT_DOMAIN            0xc0, 12 + 5 /* example.net */
#define RECORD(type, len)    0, type, 0, 1, 0, 0, 1, 0x2c, 0, len
enum { OK = 0x8180, CNAME = 5, QUESTION_END = 12 + 18 + 4 };

static const uint8_t plain[] = { HEAD(OK, 2), ASKED, AT_NAME, RECORD(DNS_A, 4), 203, 0,
				 113,         2,     AT_NAME, RECORD(DNS_A, 4), 203, 0,
				 113,         3 };

typedef struct answer {
	dns_verdict v;
	ip_addr at[ROOM];
	unsigned n;
} answer;

static answer get(const uint8_t *p, size_t n, const dns_question *q)
{
	uint8_t *copy = octets_exact(p, n);
	answer a = { .n = 99 };

	a.v = dns_answer_get(copy, n, q, a.at, ROOM, &a.n);
	free(copy);
	assert_true(a.v == DNS_ADDRESSES ? a.n > 0 : a.n == 0);
	return a;
}

#define GET(m) get(m, sizeof(m), &a_of_home)

TEST(a_question_is_written_as_the_figure_says)
{
	static const uint8_t expected[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ASKED };
	uint8_t b[DNS_QUERY_MAX];
	wire_wr w = wire_writer(b, sizeof b);

	assert_true(dns_query_put(&w, &a_of_home));
	assert_wrote(w, expected);
	w = wire_writer(b, sizeof b);
	assert_true(dns_query_put(
		&w, &(dns_question){ .id = ID, .type = DNS_A, .host = "HOME.example.net." }));
	assert_wrote(w, expected);
	w = wire_writer(b, sizeof expected - 1);
	assert_false(dns_query_put(&w, &a_of_home));
}

static bool can_ask(const char *host)
{
	uint8_t b[DNS_QUERY_MAX];
	wire_wr w = wire_writer(b, sizeof b);

	return dns_query_put(&w, &(dns_question){ .type = DNS_A, .host = host });
}

TEST(what_is_no_name_is_not_asked_about)
{
	char label[65] = { 0 }, name[260] = { 0 };

	assert_false(can_ask(""));
	assert_false(can_ask("."));
	assert_false(can_ask("a..b"));
	assert_false(can_ask(".a"));
	assert_true(can_ask("a"));
	memset(label, 'x', 63);
	assert_true(can_ask(label));
	label[63] = 'x';
	assert_false(can_ask(label));
	for (int i = 0; i < 253; i++) /* 253 characters are 255 octets */
		name[i] = i % 2 ? '.' : 'y';
	assert_true(can_ask(name));
	strcat(name, ".y");
	assert_false(can_ask(name));
	strcpy(name + 250, "yyyy"); /* 254 characters are 256 octets */
	assert_false(can_ask(name));
}

TEST(addresses_are_found_in_their_order)
{
	answer a = GET(plain);

	assert_int_equal(a.v, DNS_ADDRESSES);
	assert_int_equal(a.n, 2);
	assert_true(ip_equal(&a.at[0], &(ip_addr){ 4, { 203, 0, 113, 2 } }));
	assert_true(ip_equal(&a.at[1], &(ip_addr){ 4, { 203, 0, 113, 3 } }));
}

TEST(no_more_addresses_than_there_is_room_for)
{
	ip_addr one[2] = { { 0 }, { .len = 99 } };
	unsigned n;

	assert_int_equal(dns_answer_get(plain, sizeof plain, &a_of_home, one, 1, &n),
			 DNS_ADDRESSES);
	assert_int_equal(n, 1);
	assert_int_equal(one[1].len, 99);
}

TEST(addresses_of_ip_version_6_are_found)
{
	static const uint8_t m[] = {
		HEAD(OK, 1), NAME, 0,   DNS_AAAA, 0, 1, AT_NAME, RECORD(DNS_AAAA, 16),
		0x20,        1,    0xd, 0xb8,     0, 0, 0,       0,
		0,           0,    0,   0,        0, 0, 0,       7
	};
	ip_addr expected;

	assert_true(ip_parse("2001:db8::7", &expected));
	answer a = get(m, sizeof m, &aaaa_of_home);
	assert_int_equal(a.v, DNS_ADDRESSES);
	assert_int_equal(a.n, 1);
	assert_true(ip_equal(&a.at[0], &expected));
	a = GET(m);
	assert_int_equal(a.v, DNS_NOT_OURS);
}

/* The alias after what it leads to, and compressed against the question; in upper case. */
TEST(aliases_are_followed_in_any_order)
{
	static const uint8_t m[] = { HEAD(OK, 3),
				     ASKED,
				     1,
				     'B',
				     AT_DOMAIN,
				     RECORD(DNS_A, 4),
				     203,
				     0,
				     113,
				     9,
				     1,
				     'a',
				     AT_DOMAIN,
				     RECORD(CNAME, 4),
				     1,
				     'b',
				     AT_DOMAIN,
				     AT_NAME,
				     RECORD(CNAME, 4),
				     1,
				     'A',
				     AT_DOMAIN };
	answer a = GET(m);

	assert_int_equal(a.v, DNS_ADDRESSES);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.at[0].b[3], 9);
}

TEST(aliases_in_a_circle_end)
{
	static const uint8_t m[] = { HEAD(OK, 2), ASKED,     AT_NAME,          RECORD(CNAME, 4),
				     1,           'a',       AT_DOMAIN,        1,
				     'a',         AT_DOMAIN, RECORD(CNAME, 2), AT_NAME };
	answer a = GET(m);

	assert_int_equal(a.v, DNS_EMPTY);
	assert_int_equal(a.n, 0);
}

TEST(addresses_of_another_name_are_not_taken)
{
	static const uint8_t m[] = { HEAD(OK, 1),      ASKED, 1, 'x', AT_DOMAIN,
				     RECORD(DNS_A, 4), 203,   0, 113, 9 };

	assert_int_equal(GET(m).v, DNS_EMPTY);
}

TEST(addresses_of_another_class_are_not_taken)
{
	uint8_t m[sizeof plain];

	memcpy(m, plain, sizeof m);
	m[QUESTION_END + 5] = 3; /* CHAOS */
	answer a = GET(m);
	assert_int_equal(a.v, DNS_ADDRESSES);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.at[0].b[3], 3);
}

/* Each octet of the header and the question matters, but for the counts of what is not read, and for the
 * case of letters. */
TEST(an_answer_to_something_else_is_not_ours)
{
	for (size_t i = 0; i < QUESTION_END; i++) {
		uint8_t m[sizeof plain];
		memcpy(m, plain, sizeof m);
		m[i] ^= 0x01;
		bool unread = i == 2 || i == 3 || i == 6 || i == 7 || (i >= 8 && i < 12);
		if (!unread)
			assert_int_equal(GET(m).v, DNS_NOT_OURS);
	}
}

TEST(a_question_is_not_its_answer)
{
	static const uint8_t m[] = { HEAD(0x0100, 0), ASKED };
	static const uint8_t notify[] = { HEAD(OK | 4 << 11, 0), ASKED };

	assert_int_equal(GET(m).v, DNS_NOT_OURS);
	assert_int_equal(GET(notify).v, DNS_NOT_OURS);
}

TEST(what_a_server_says_instead_of_addresses)
{
	static const uint8_t none[] = { HEAD(OK, 0), ASKED };
	static const uint8_t no_name[] = { HEAD(OK | 3, 0), ASKED };
	static const uint8_t failed[] = { HEAD(OK | 2, 0), ASKED };
	static const uint8_t refused[] = { HEAD(OK | 5, 0), ASKED };

	assert_int_equal(GET(none).v, DNS_EMPTY);
	assert_int_equal(GET(no_name).v, DNS_EMPTY);
	assert_int_equal(GET(failed).v, DNS_REFUSED);
	assert_int_equal(GET(refused).v, DNS_REFUSED);
}

TEST(of_an_answer_that_did_not_fit_nothing_is_taken)
{
	uint8_t m[sizeof plain];

	memcpy(m, plain, sizeof m);
	m[2] |= 2;
	answer a = GET(m);
	assert_int_equal(a.v, DNS_CUT);
	assert_int_equal(a.n, 0);
}

TEST(an_answer_cut_anywhere_is_not_ours)
{
	for (size_t n = 0; n < sizeof plain; n++)
		assert_int_equal(get(plain, n, &a_of_home).v, DNS_NOT_OURS);
}

TEST(more_answers_than_there_are_is_a_lie)
{
	uint8_t m[sizeof plain];

	memcpy(m, plain, sizeof m);
	m[7] = 3;
	assert_int_equal(GET(m).v, DNS_NOT_OURS);
	m[6] = 0xff;
	assert_int_equal(GET(m).v, DNS_NOT_OURS);
}

TEST(fewer_answers_than_there_are_hides_the_rest)
{
	uint8_t m[sizeof plain];

	memcpy(m, plain, sizeof m);
	m[7] = 1; /* what follows would be an authority's */
	answer a = GET(m);
	assert_int_equal(a.v, DNS_ADDRESSES);
	assert_int_equal(a.n, 1);
}

TEST(an_address_of_the_wrong_length_is_refused)
{
	static const uint8_t shorter[] = { HEAD(OK, 1), ASKED, AT_NAME, RECORD(DNS_A, 3),
					   203,         0,     113 };
	static const uint8_t longer[] = { HEAD(OK, 1), ASKED, AT_NAME, RECORD(DNS_A, 5), 203, 0,
					  113,         2,     2 };
	static const uint8_t beyond[] = { HEAD(OK, 1), ASKED, AT_NAME, RECORD(DNS_A, 5),
					  203,         0,     113,     2 };
	static const uint8_t alias[] = {
		HEAD(OK, 1), ASKED, AT_NAME, RECORD(CNAME, 3), AT_DOMAIN, 0
	};

	assert_int_equal(GET(shorter).v, DNS_NOT_OURS);
	assert_int_equal(GET(longer).v, DNS_NOT_OURS);
	assert_int_equal(GET(beyond).v, DNS_NOT_OURS);
	assert_int_equal(GET(alias).v, DNS_NOT_OURS);
}

TEST(names_that_point_in_circles_are_refused)
{
	static const uint8_t itself[] = {
		HEAD(OK, 1), ASKED, 0xc0, QUESTION_END, RECORD(DNS_A, 4), 1, 2, 3, 4
	};
	static const uint8_t ahead[] = {
		HEAD(OK, 1), ASKED, 0xc0, QUESTION_END + 2, RECORD(DNS_A, 4), 1, 2, 3, 4
	};
	static const uint8_t beyond[] = { HEAD(OK, 1), ASKED, 0xff, 0xff, RECORD(DNS_A, 4),
					  1,           2,     3,    4 };
	static const uint8_t question[] = { HEAD(OK, 0), 0xc0, 12, 0, DNS_A, 0, 1 };
	/* a pointer at QUESTION_END, which leads to a label before it that runs into it again */
	static const uint8_t circle[] = { HEAD(OK, 1),      ASKED, 1, 'a', 0xc0, QUESTION_END,
					  RECORD(DNS_A, 4), 1,     2, 3,   4 };

	assert_int_equal(GET(itself).v, DNS_NOT_OURS);
	assert_int_equal(GET(ahead).v, DNS_NOT_OURS);
	assert_int_equal(GET(beyond).v, DNS_NOT_OURS);
	assert_int_equal(GET(question).v, DNS_NOT_OURS);
	assert_int_equal(GET(circle).v, DNS_NOT_OURS);
}

TEST(a_name_that_grows_too_long_by_pointers_is_refused)
{
	uint8_t m[12 + 22 + 600] = { HEAD(OK, 10), ASKED };
	wire_wr w = wire_writer(m, sizeof m);
	static const uint8_t fixed[] = { RECORD(16, 0) };
	uint16_t before = 12;

	wire_room(&w, QUESTION_END);
	for (int i = 0; i < 10; i++) { /* each name is 31 octets and the name before it */
		uint16_t here = (uint16_t)wire_len(&w);
		wire_put_u8(&w, 30);
		memset(wire_room(&w, 30), 'x', 30);
		wire_put_u16(&w, (uint16_t)(0xc000 | before));
		wire_put(&w, fixed, sizeof fixed);
		before = here;
	}
	assert_false(w.bad);
	assert_int_equal(get(m, wire_len(&w), &a_of_home).v, DNS_NOT_OURS);
	m[7] = 7; /* so many fit */
	assert_int_equal(get(m, wire_len(&w), &a_of_home).v, DNS_EMPTY);
}

TEST(labels_of_no_known_kind_are_refused)
{
	static const uint8_t extended[] = { HEAD(OK, 1),      ASKED, 0x41, 'a', 0,
					    RECORD(DNS_A, 4), 1,     2,    3,   4 };
	static const uint8_t reserved[] = { HEAD(OK, 1),      ASKED, 0x81, 'a', 0,
					    RECORD(DNS_A, 4), 1,     2,    3,   4 };

	assert_int_equal(GET(extended).v, DNS_NOT_OURS);
	assert_int_equal(GET(reserved).v, DNS_NOT_OURS);
}

TEST(records_of_other_types_are_not_taken_for_addresses)
{
	static const uint8_t types[] = { 2, 13, 29, 99 };
	uint8_t m[sizeof plain];

	for (size_t i = 0; i < COUNT(types); i++) {
		memcpy(m, plain, sizeof m);
		m[QUESTION_END + 3] = types[i];
		answer a = GET(m);
		assert_int_equal(a.v, DNS_ADDRESSES);
		assert_int_equal(a.n, 1);
		assert_int_equal(a.at[0].b[3], 3);
	}
}

TEST(names_are_the_same_in_letters_of_either_case)
{
	static const uint8_t m[] = {
		0x12, 0x34, 0x81, 0x80, 0,   1, 0, 1,     0, 0, 0,    0,  2,
		'A',  'Z',  2,    'a',  'z', 0, 0, DNS_A, 0, 1, 0xc0, 12, RECORD(DNS_A, 4),
		203,  0,    113,  9
	};
	const dns_question q = { .id = ID, .type = DNS_A, .host = "az.AZ" };

	assert_int_equal(get(m, sizeof m, &q).v, DNS_ADDRESSES);
}

RUN(T(names_are_the_same_in_letters_of_either_case),
    T(records_of_other_types_are_not_taken_for_addresses),
    T(a_question_is_written_as_the_figure_says), T(what_is_no_name_is_not_asked_about),
    T(addresses_are_found_in_their_order), T(no_more_addresses_than_there_is_room_for),
    T(addresses_of_ip_version_6_are_found), T(aliases_are_followed_in_any_order),
    T(aliases_in_a_circle_end), T(addresses_of_another_name_are_not_taken),
    T(addresses_of_another_class_are_not_taken), T(an_answer_to_something_else_is_not_ours),
    T(a_question_is_not_its_answer), T(what_a_server_says_instead_of_addresses),
    T(of_an_answer_that_did_not_fit_nothing_is_taken), T(an_answer_cut_anywhere_is_not_ours),
    T(more_answers_than_there_are_is_a_lie), T(fewer_answers_than_there_are_hides_the_rest),
    T(an_address_of_the_wrong_length_is_refused), T(names_that_point_in_circles_are_refused),
    T(a_name_that_grows_too_long_by_pointers_is_refused), T(labels_of_no_known_kind_are_refused))
