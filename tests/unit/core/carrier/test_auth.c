/* SPDX-License-Identifier: MIT */
#include "core/carrier/auth.h"
#include "answer_kit.h"

static const carrier_proxy proxy = { .name = "p.test:3128", .user = "u", .password = "w" };
static const carrier_proxy nobody = { .name = "p.test:3128" };
static const char basic[] = "407 No\r\nProxy-Authenticate: Basic realm=\"r\"";

/* Takes the answer; the error is in *e. */
static bool challenge(carrier_auth *a, const carrier_proxy *p, const char *text, bool had_line,
		      carrier_error *e)
{
	answer x;

	*e = (carrier_error){ 0 };
	answer_read(&x, text);
	bool again = carrier_auth_challenge(a, p, x.head, had_line, e);
	http_parser_free(x.http);
	assert_int_equal(e->rank, again ? CARRIER_NO_ERROR : CARRIER_CREDENTIALS);
	return again;
}

TEST(nothing_is_sent_before_it_is_asked_for)
{
	carrier_auth a = { 0 };
	carrier_error e;
	char line[CARRIER_AUTH_LINE];

	memset(line, 'x', sizeof line);
	assert_false(carrier_auth_line(&a, &proxy, "CONNECT", "m:80", line));
	assert_string_equal(line, "");
	assert_true(challenge(&a, &proxy, basic, false, &e));
	assert_true(carrier_auth_line(&a, &proxy, "CONNECT", "m:80", line));
	assert_string_equal(line, "Proxy-Authorization: Basic dTp3\r\n");
	assert_false(carrier_auth_line(&a, &nobody, "CONNECT", "m:80", line));
	assert_string_equal(line, "");
}

TEST(the_longest_credentials_fit_in_their_line)
{
	carrier_proxy p = { .name = "p" };
	carrier_auth a = { 0 };
	carrier_error e;
	char line[CARRIER_AUTH_LINE], text[2 * 256 + 128];

	memset(p.user, '"', sizeof p.user - 1); /* each is quoted by another octet */
	memset(p.password, 'w', sizeof p.password - 1);
	int n = snprintf(text, sizeof text,
			 "407 No\r\nProxy-Authenticate: Digest nonce=n, qop=auth, realm=");
	memset(text + n, 'r', HTTP_AUTH_FIELD - 1);
	text[n + HTTP_AUTH_FIELD - 1] = 0;
	assert_true(challenge(&a, &p, text, false, &e));
	assert_true(carrier_auth_line(&a, &p, "CONNECT", "m:80", line));
	assert_memory_equal(line, "Proxy-Authorization: Digest username=\"\\\"", 40);
	assert_string_equal(line + strlen(line) - 3, "\"\r\n");
}

TEST(a_challenge_that_cannot_be_met_is_the_users_to_know)
{
	carrier_auth a = { 0 };
	carrier_error e;

	assert_false(challenge(&a, &proxy, "407 No\r\nProxy-Authenticate: Negotiate", false, &e));
	assert_string_equal(
		e.text,
		"proxy p.test:3128 asks for authentication of a kind that is not supported");
	assert_false(challenge(&a, &nobody, basic, false, &e));
	assert_string_equal(e.text, "proxy p.test:3128 asks for a user name and a password");
}

TEST(credentials_that_were_accepted_may_be_refused_later)
{
	carrier_auth a = { 0 };
	carrier_error e;

	assert_true(challenge(&a, &proxy, basic, false, &e));
	carrier_auth_accepted(&a);
	assert_true(challenge(&a, &proxy, basic, true, &e));
	assert_false(challenge(&a, &proxy, basic, true, &e));
	assert_string_equal(e.text, "proxy p.test:3128: wrong user name or password");
}

TEST(a_stale_nonce_is_replaced_four_times_between_two_acceptances)
{
	carrier_auth a = { 0 };
	carrier_error e;
	const char *stale =
		"407 No\r\nProxy-Authenticate: Digest realm=\"r\", nonce=\"n\", stale=true";

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++)
			assert_true(challenge(&a, &proxy, stale, true, &e));
		if (round < 2)
			carrier_auth_accepted(&a);
	}
	assert_false(challenge(&a, &proxy, stale, true, &e));
}

RUN(T(nothing_is_sent_before_it_is_asked_for), T(the_longest_credentials_fit_in_their_line),
    T(a_challenge_that_cannot_be_met_is_the_users_to_know),
    T(credentials_that_were_accepted_may_be_refused_later),
    T(a_stale_nonce_is_replaced_four_times_between_two_acceptances))
