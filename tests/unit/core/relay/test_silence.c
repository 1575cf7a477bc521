/* SPDX-License-Identifier: MIT */
/* What gets no answer of the relay: whoever can't prove a KEY3. Each is answered where the relay is configured to answer
 * strangers, so that a test of silence can't pass for another reason. */
#include "unit.h"
#include "relay_kit.h"

static void ready(relay_kit *k)
{
	assert_true(kit_ready(k));
}

static void assert_silence(relay_kit *k, const uint8_t *p, size_t n)
{
	uint8_t copy[MIP_MAX_MESSAGE];

	for (int speaks = 1; speaks >= 0; speaks--) {
		memcpy(copy, p, n);
		k->conf.answers_strangers = speaks;
		dgramq_clear(&k->out);
		dgramq_clear(&k->in);
		kit_from_client(k, kit_client(9, 5000), copy, n);
		assert_int_equal(k->in.n_runs, 0);
		assert_int_equal(k->out.n_runs > 0, speaks);
	}
}

TEST(a_malformed_request_gets_no_answer)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	kit_request(&k, 600, &first, msg);
	assert_silence(&k, msg, MIP_REQUEST_LEN);
	memset(msg + MIP_REQUEST_LEN, 0x26, 100); /* extensions that overrun */
	assert_silence(&k, msg, MIP_REQUEST_LEN + 100);
	kit_finish(&k);
}

TEST(a_request_that_is_not_signed_rightly_gets_no_answer)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	ready(&k);
	reg_key3 wrong = kit_first_key(&k), unknown = wrong;
	const reg_key3 none = { 0 };
	wrong.key[0] ^= 1;
	unknown.spi++;
	const reg_key3 *keys[] = { &wrong, &unknown, &none };
	for (size_t i = 0; i < COUNT(keys); i++) {
		size_t n = kit_request(&k, 600, keys[i], msg);
		assert_silence(&k, msg, n);
	}
	assert_int_equal(kit_status(&k).denied_auth, 6); /* but is counted */
	kit_finish(&k);
}

TEST(packets_of_strangers_get_no_answer)
{
	relay_kit k;
	const uint8_t packet[100] = { 0x40, 1, 2, 3 };

	ready(&k);
	assert_silence(&k, packet, sizeof packet);
	assert_int_equal(kit_status(&k).strangers, 2);
	kit_finish(&k);
}

RUN(T(a_malformed_request_gets_no_answer), T(a_request_that_is_not_signed_rightly_gets_no_answer),
    T(packets_of_strangers_get_no_answer))
