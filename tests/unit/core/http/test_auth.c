/* SPDX-License-Identifier: MIT */
#include "core/http/auth.h"
#include "unit.h"
#include <stdio.h>

#define NONCE  "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define OPAQUE "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
#define CNONCE "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"

/* RFC 7616 3.9.1. */
#define SAID "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
#define REST "nonce=\"" NONCE "\", opaque=\"" OPAQUE "\""
static const http_credentials mufasa = { "Mufasa", "Circle of Life", "GET", "/dir/index.html" };

static http_challenge challenge(const char *value)
{
	http_challenge c = { 0 };

	if (!http_challenge_take(&c, value, strlen(value)))
		fail_msg("not taken: %s", value);
	return c;
}

static void passed_over(const char *value)
{
	static const http_challenge nothing;
	http_challenge c = { 0 };

	if (http_challenge_take(&c, value, strlen(value)))
		fail_msg("taken: %s", value);
	assert_memory_equal(&c, &nothing, sizeof c);
}

static void has(const char *answer, const char *part)
{
	if (!strstr(answer, part))
		fail_msg("no %s in %s", part, answer);
}

static void has_not(const char *answer, const char *part)
{
	if (strstr(answer, part))
		fail_msg("%s in %s", part, answer);
}

/* The value of `response`, answering with the cnonce of RFC 7616 3.9.1. */
static void answers(http_challenge *c, const http_credentials *w, const char *response)
{
	char out[HTTP_AUTH_VALUE], want[128];

	strcpy(c->cnonce, CNONCE);
	assert_true(http_auth_respond(c, w, out));
	snprintf(want, sizeof want, "response=\"%s\"", response);
	has(out, want);
}

TEST(rfc_7616_3_9_1_is_answered_with_md5)
{
	http_challenge c = challenge("Digest " SAID "algorithm=MD5, " REST);
	char out[HTTP_AUTH_VALUE];

	strcpy(c.cnonce, CNONCE);
	assert_true(http_auth_respond(&c, &mufasa, out));
	assert_string_equal(
		out, "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", nonce=\"" NONCE
		     "\", uri=\"/dir/index.html\", algorithm=MD5, qop=auth, nc=00000001, "
		     "cnonce=\"" CNONCE "\", response=\"8ca523f5e9506fed4657c9700eebdbec\", "
		     "opaque=\"" OPAQUE "\"");
}

TEST(rfc_7616_3_9_1_is_answered_with_sha_256)
{
	http_challenge c = challenge("Digest " SAID "algorithm=SHA-256, " REST);

	answers(&c, &mufasa, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(rfc_2617_3_5_is_answered)
{
	static const http_credentials w = { "Mufasa", "Circle Of Life", "GET", "/dir/index.html" };
	http_challenge c = challenge("Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
				     "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
				     "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
	char out[HTTP_AUTH_VALUE];

	strcpy(c.cnonce, "0a4f113b");
	assert_true(http_auth_respond(&c, &w, out));
	has(out, "response=\"6629fae49393a05397450978507c4ef1\"");
	has_not(out, "algorithm");
}

/* The response is that of RFC 2069's erratum 749: the text's own is wrong. */
TEST(rfc_2069_2_4_is_answered_without_qop)
{
	static const http_credentials w = { "Mufasa", "CircleOfLife", "GET", "/dir/index.html" };
	http_challenge c = challenge("Digest realm=\"testrealm@host.com\", "
				     "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
				     "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
	char out[HTTP_AUTH_VALUE];

	assert_true(http_auth_respond(&c, &w, out));
	has(out, "response=\"1949323746fe6a43ef61f9606e7febea\"");
	has_not(out, "nc=");
	has_not(out, "qop");
	has_not(out, "cnonce");
}

/* Computed with Python's hashlib. */
TEST(session_forms_keep_the_first_cnonce)
{
	http_challenge md5 = challenge("Digest " SAID "algorithm=md5-SESS, " REST);

	answers(&md5, &mufasa, "e783283f46242139c486a698fec7211d");
	answers(&md5, &mufasa, "6914b51e16f9459d9abc967ad41c4599");
	http_challenge sha = challenge("Digest " SAID "algorithm=SHA-256-sess, " REST);
	answers(&sha, &mufasa, "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7");
	answers(&sha, &mufasa, "6bb0010aa4bdf46422a798c509ea32e256f27bd37de5cc3bdf8ed51e1d77d650");
	char out[HTTP_AUTH_VALUE];
	assert_true(http_auth_respond(&sha, &mufasa, out));
	has(out, "algorithm=SHA-256-sess");
	has(out, "nc=00000003");
}

TEST(a_cnonce_is_made_once_a_challenge_and_differs_between_them)
{
	http_challenge a = challenge("Digest " SAID REST), b = a;
	char first[HTTP_AUTH_CNONCE], out[HTTP_AUTH_VALUE];

	assert_true(http_auth_respond(&a, &mufasa, out));
	assert_int_equal(strlen(a.cnonce), 32);
	has(out, a.cnonce);
	strcpy(first, a.cnonce);
	assert_true(http_auth_respond(&a, &mufasa, out));
	assert_string_equal(a.cnonce, first);
	has(out, "nc=00000002");
	assert_true(http_auth_respond(&b, &mufasa, out));
	assert_string_not_equal(b.cnonce, first);
}

TEST(the_count_is_hexadecimal_and_does_not_wrap)
{
	http_challenge c = challenge("Digest " SAID REST);
	char out[HTTP_AUTH_VALUE];

	c.count = 0xabcd;
	assert_true(http_auth_respond(&c, &mufasa, out));
	has(out, "nc=0000abce,");
	c.count = UINT32_MAX;
	assert_false(http_auth_respond(&c, &mufasa, out));
}

TEST(the_user_is_hidden_where_the_proxy_asks_for_it)
{
	http_challenge c = challenge("Digest " SAID "algorithm=SHA-256, userhash=true, " REST);
	char out[HTTP_AUTH_VALUE];

	strcpy(c.cnonce, CNONCE);
	assert_true(http_auth_respond(&c, &mufasa, out));
	has(out, "username=\"a947aad205e80e429958a387394944c6b496301e79f89d35a4cc23b6ee12b5b6\"");
	has(out, ", userhash=true");
	has(out, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
	has_not(out, "Mufasa");
	c = challenge("Digest " SAID "userhash=false, " REST);
	assert_true(http_auth_respond(&c, &mufasa, out));
	has(out, "username=\"Mufasa\"");
	has_not(out, "userhash");
}

/* The value is what the quoted string stands for, RFC 9110 5.6.4. Computed with Python's hashlib. */
TEST(quotes_are_undone_and_made_again)
{
	static const http_credentials w = { "a\"b\\c", "p", "CONNECT", "h:443" };
	http_challenge c = challenge("Digest realm=\"r\\\"\\\\q\",nonce=\"n\\\"1\",opaque=\"\\o\"");

	assert_string_equal(c.realm, "r\"\\q");
	assert_string_equal(c.nonce, "n\"1");
	assert_string_equal(c.opaque, "o");
	char out[HTTP_AUTH_VALUE];
	assert_true(http_auth_respond(&c, &w, out));
	has(out, "username=\"a\\\"b\\\\c\"");
	has(out, "realm=\"r\\\"\\\\q\"");
	has(out, "nonce=\"n\\\"1\"");
	has(out, "opaque=\"o\"");
	has(out, "response=\"d064dde1338b6c1e0a3a174ab56e0c36\"");
}

TEST(basic_is_answered_as_rfc_7617_does)
{
	http_challenge c = challenge("Basic realm=\"WallyWorld\"");
	char out[HTTP_AUTH_VALUE];

	assert_int_equal(c.scheme, HTTP_AUTH_BASIC);
	assert_true(http_auth_respond(
		&c, &(http_credentials){ "Aladdin", "open sesame", "GET", "/" }, out));
	assert_string_equal(out, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	c = challenge("Basic realm=\"foo\", charset=\"UTF-8\"");
	assert_true(http_auth_respond(&c, &(http_credentials){ "test", "123\xc2\xa3", "GET", "/" },
				      out));
	assert_string_equal(out, "Basic dGVzdDoxMjPCow==");
}

static void cannot(http_challenge *c, const char *user, const char *password, const char *uri)
{
	char out[HTTP_AUTH_VALUE] = "x";
	http_credentials w = { user, password, "GET", uri };

	assert_false(http_auth_respond(c, &w, out));
	assert_string_equal(out, "");
}

TEST(credentials_that_a_scheme_cannot_carry_are_refused)
{
	static char huge[HTTP_AUTH_VALUE];
	http_challenge basic = challenge("Basic"), digest = challenge("Digest " SAID REST),
		       none = { 0 };

	memset(huge, 'u', sizeof huge - 1);
	cannot(&basic, "a:b", "p", "/");
	cannot(&basic, "a\r\nHost: x", "p", "/");
	cannot(&basic, "a", "p\n", "/");
	cannot(&basic, huge, "p", "/");
	cannot(&digest, "a\r\nHost: x", "p", "/");
	cannot(&digest, "a", "p", "/\r\nHost: x");
	cannot(&digest, huge, "p", "/");
	cannot(&digest, "a", "p", huge);
	cannot(&none, "a", "p", "/");
	char out[HTTP_AUTH_VALUE];
	assert_true(
		http_auth_respond(&digest, &(http_credentials){ "a:b", huge, "GET", "/" }, out));
}

TEST(the_longest_answer_fits_or_is_refused)
{
	char value[HTTP_AUTH_VALUE], text[HTTP_AUTH_FIELD], out[HTTP_AUTH_VALUE];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	snprintf(value, sizeof value, "Digest realm=\"%s\", nonce=\"%s\", opaque=\"%s\", qop=auth",
		 text, text, text);
	http_challenge c = challenge(value);
	assert_true(http_auth_respond(&c, &(http_credentials){ text, "p", "GET", text }, out));
	memset(c.realm, '"', sizeof c.realm - 1);
	memset(c.nonce, '"', sizeof c.nonce - 1);
	memset(c.opaque, '"', sizeof c.opaque - 1);
	memset(text, '"', sizeof text - 1);
	cannot(&c, text, "p", text);
}

TEST(the_strongest_of_several_is_taken_and_of_equals_the_first)
{
	http_challenge c =
		challenge("Basic realm=\"b\", Digest realm=\"m\", nonce=\"1\", qop=auth, "
			  "Digest realm=\"s\", algorithm=SHA-256, nonce=\"2\", qop=auth");

	assert_string_equal(c.realm, "s");
	assert_true(c.sha256 && c.qop_auth && !c.sess);
	c = challenge(
		"Digest realm=\"a\", nonce=1, qop=auth, Digest realm=\"b\", nonce=2, qop=auth");
	assert_string_equal(c.realm, "a");
	c = challenge("Digest realm=\"a\", nonce=1, Digest realm=\"b\", nonce=2, qop=auth");
	assert_string_equal(c.realm, "b");
}

TEST(a_weaker_challenge_of_a_later_field_changes_nothing)
{
	http_challenge c = challenge("Digest realm=\"a\", nonce=1, qop=auth"), before = c;
	static const char basic[] = "Basic realm=\"x\"", sha[] = "Digest realm=\"s\", nonce=2, "
								 "algorithm=sha-256, qop=\"auth\"";

	assert_false(http_challenge_take(&c, basic, strlen(basic)));
	assert_memory_equal(&c, &before, sizeof c);
	c.count = 7;
	assert_true(http_challenge_take(&c, sha, strlen(sha)));
	assert_true(c.sha256);
	assert_int_equal(c.count, 0);
}

TEST(schemes_that_we_do_not_know_are_passed_over)
{
	assert_string_equal(challenge("Negotiate, Basic realm=\"a\"").realm, "a");
	assert_string_equal(
		challenge("Negotiate a87421000492aa874209af8bc028==, Basic realm=\"a\"").realm,
		"a");
	assert_string_equal(challenge("NTLM TlRM/+Q=, Basic realm=\"a\"").realm, "a");
	assert_string_equal(challenge("New type=1, title=\"Login, to \\\"apps\\\"\", "
				      "Basic realm=\"simple\"")
				    .realm,
			    "simple");
	assert_int_equal(challenge("Basic, Negotiate").scheme, HTTP_AUTH_BASIC);
	passed_over("Negotiate");
	passed_over("Bearer realm=\"x\", error=\"invalid_token\"");
	passed_over("");
	passed_over(" , ,");
}

TEST(odd_spacing_and_letter_case_are_read)
{
	http_challenge c =
		challenge(" ,dIGEST  ,REALM = \"r\" ,, Nonce\t=\tabc ,STALE=TRUE,qop=AUTH,");

	assert_int_equal(c.scheme, HTTP_AUTH_DIGEST);
	assert_string_equal(c.realm, "r");
	assert_string_equal(c.nonce, "abc");
	assert_true(c.stale && c.qop_auth);
}

TEST(a_digest_that_cannot_be_answered_is_passed_over)
{
	passed_over("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256, qop=\"auth\"");
	passed_over("Digest realm=\"r\", nonce=\"n\", algorithm=\"\", qop=\"auth\"");
	passed_over("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"");
	passed_over("Digest realm=\"r\", nonce=\"n\", qop=\"\"");
	passed_over("Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess");
	passed_over("Digest realm=\"r\", qop=\"auth\"");
	passed_over("Digest nonce=\"n\", qop=\"auth\"");
	passed_over("Digest");
	assert_int_equal(challenge("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256, "
				   "Basic realm=\"b\"")
				 .scheme,
			 HTTP_AUTH_BASIC);
}

TEST(malformed_challenges_are_not_believed)
{
	char value[600];

	passed_over("Digest realm=\"r, nonce=\"n\"");
	passed_over("Digest realm=\"r\", nonce=\"n");
	passed_over("Digest realm=\"r\", nonce=\"n\\");
	passed_over("Digest realm=\"r\", nonce=\"n\" x");
	passed_over("Digest realm=\"r\", nonce=\"a\", nonce=\"b\"");
	passed_over("Digest realm=\"r\", nonce=\"a\rb\"");
	passed_over("Digest realm=\"r\", nonce=");
	passed_over("Digest realm=\"r\" nonce=\"n\"");
	passed_over("Basic\trealm=\"r\"");
	passed_over("=");
	passed_over("Basic; realm=\"r\"");
	passed_over("Basic=, Digest realm=\"r\", nonce=\"n\"");
	passed_over("Basic realm=\"r\nX: y\"");
	snprintf(value, sizeof value, "Digest realm=\"r\", nonce=\"%0256d\"", 0);
	passed_over(value);
	snprintf(value, sizeof value, "Digest realm=\"r\", nonce=%0256d", 0);
	passed_over(value);
	snprintf(value, sizeof value, "Digest realm=\"r\", nonce=\"%0255d\"", 0);
	assert_int_equal(strlen(challenge(value).nonce), 255);
}

TEST(what_came_whole_before_the_malformed_counts)
{
	http_challenge c = challenge("Basic realm=\"b\", Digest realm=\"r\", nonce=\"n");

	assert_int_equal(c.scheme, HTTP_AUTH_BASIC);
}

TEST(octets_that_end_strings_are_not_read_past)
{
	static const char value[] = "Basic\0 realm=\"r\"";
	http_challenge c = { 0 };

	assert_false(http_challenge_take(&c, value, sizeof value - 1));
	assert_false(http_challenge_take(&c, "Basic realm=\"r\0\"", 16));
	assert_true(http_challenge_take(&c, "Basicxxx", 5));
}

RUN(T(rfc_7616_3_9_1_is_answered_with_md5), T(rfc_7616_3_9_1_is_answered_with_sha_256),
    T(rfc_2617_3_5_is_answered), T(rfc_2069_2_4_is_answered_without_qop),
    T(session_forms_keep_the_first_cnonce),
    T(a_cnonce_is_made_once_a_challenge_and_differs_between_them),
    T(the_count_is_hexadecimal_and_does_not_wrap),
    T(the_user_is_hidden_where_the_proxy_asks_for_it), T(quotes_are_undone_and_made_again),
    T(basic_is_answered_as_rfc_7617_does), T(credentials_that_a_scheme_cannot_carry_are_refused),
    T(the_longest_answer_fits_or_is_refused),
    T(the_strongest_of_several_is_taken_and_of_equals_the_first),
    T(a_weaker_challenge_of_a_later_field_changes_nothing),
    T(schemes_that_we_do_not_know_are_passed_over), T(odd_spacing_and_letter_case_are_read),
    T(a_digest_that_cannot_be_answered_is_passed_over), T(malformed_challenges_are_not_believed),
    T(what_came_whole_before_the_malformed_counts), T(octets_that_end_strings_are_not_read_past))
