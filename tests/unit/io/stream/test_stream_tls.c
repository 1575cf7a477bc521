/* SPDX-License-Identifier: MIT */
/* Certificates, keys, and what TLS makes of them. */
#include "stream_kit.h"
#include "io/stream/tls_ctx.h"

static void refused_by_client(scene *s, const char *name, const char *why)
{
	connect_to(s, name);
	assert_true(run_until_closed(s, 2));
	assert_string_equal(s->client.why, why);
	assert_false(s->client.open);
	tear_down(s);
}

TEST(certificate_for_another_name_is_refused)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	refused_by_client(&s, "other.test", "certificate is for another name");
	set_up_tls(&s);
	refused_by_client(&s, "127.0.0.2", "certificate is for another name");
	set_up_tls(&s);
	assert_true(open_both(&s, "127.0.0.1"));
	tear_down(&s);
}

TEST(certificate_of_an_unknown_issuer_is_refused)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, NULL);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.other_ca });
	refused_by_client(&s, "mux.test", "certificate of an unknown issuer");
}

TEST(expired_certificate_is_served_with_a_warning_and_refused)
{
	scene s;
	char warning[128];

	NEED_NETNS();
	set_up(&s);
	tls_server_conf c = { s.kit.old_cert, s.kit.old_key, NULL, NULL };
	s.server_tls = tls_server_new(&c, warning, &s.e);
	assert_non_null(strstr(warning, "has expired"));
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.ca });
	refused_by_client(&s, "mux.test", "certificate expired");
}

TEST(carrier_mode_takes_any_certificate_and_says_why_it_would_not)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, NULL);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.other_ca, .carrier = true });
	for (int i = 0; i < 2; i++) { /* the second one resumes */
		s.server.to_send = s.server.stop_at = 0;
		assert_true(open_both(&s, "mux.test"));
		assert_int_equal(SSL_session_reused(s.client.s->socket.tls->ssl), i);
		assert_string_equal(stream_unverified(s.client.s),
				    "certificate of an unknown issuer");
		s.server.to_send = s.client.stop_at = s.server.sent + 100;
		push(&s.server);
		assert_true(go(&s)); /* and the ticket came before */
		drop(&s.client);
		assert_true(run_until_closed(&s, s.closes + 1));
		memset(&s.client, 0, sizeof(s.client));
		memset(&s.server, 0, sizeof(s.server));
		s.client.scene = s.server.scene = &s;
	}
	tear_down(&s);
}

TEST(client_without_a_certificate_is_refused_where_one_is_asked_for)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, s.kit.ca);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.ca });
	connect_to(&s, "mux.test");
	assert_true(run_until_closed(&s, 2));
	assert_string_equal(s.server.why, "TLS: the client shows no certificate");
	assert_string_equal(s.client.why, "TLS: the server asks for a client certificate");
	tear_down(&s);
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, s.kit.ca);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.ca,
					   .certificate = s.kit.client_cert,
					   .key = s.kit.client_key });
	check_transfer(&s, "mux.test");
	tear_down(&s);
}

/* Asked by a server that lets nobody in without; it speaks this version and no later one. */
static void withheld(const char *(*ca)(const tls_kit *k), int version, const char *why)
{
	scene s;

	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, s.kit.ca);
	SSL_CTX_set_max_proto_version(s.server_tls->ssl, version);
	client_tls(&s, &(tls_client_conf){ .ca = ca(&s.kit),
					   .carrier = true,
					   .certificate = s.kit.client_cert,
					   .key = s.kit.client_key });
	connect_to(&s, "mux.test");
	assert_true(run_until_closed(&s, 2));
	assert_string_equal(s.server.why, "TLS: the client shows no certificate");
	if (!strstr(s.client.why, why))
		fail_msg("%s", s.client.why);
	tear_down(&s);
}

static const char *right(const tls_kit *k)
{
	return k->ca;
}

static const char *wrong(const tls_kit *k)
{
	return k->other_ca;
}

TEST(a_server_that_is_not_verified_is_not_shown_our_certificate)
{
	NEED_NETNS();
	withheld(wrong, TLS1_2_VERSION, "is not verified itself");
	withheld(wrong, TLS1_3_VERSION, "is not verified itself");
}

TEST(our_certificate_is_not_shown_in_the_clear)
{
	scene s;

	NEED_NETNS();
	withheld(right, TLS1_2_VERSION, "speaks TLS 1.2");
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, s.kit.ca);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.ca,
					   .carrier = true,
					   .certificate = s.kit.client_cert,
					   .key = s.kit.client_key });
	check_transfer(&s, "mux.test");
	tear_down(&s);
}

TEST(what_is_no_tls_is_said_so)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, NULL);
	s.client.to_send = 100;
	connect_to(&s, NULL);
	assert_true(run_until_closed(&s, 1));
	assert_string_equal(s.server.why, "the other end does not speak TLS");
	tear_down(&s);
}

TEST(files_that_are_not_there_are_named)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	tls_server_conf c = { "/nowhere.crt", s.kit.key, NULL, NULL };
	assert_null(tls_server_new(&c, NULL, &s.e));
	assert_non_null(strstr(s.e.text, "/nowhere.crt"));
	c = (tls_server_conf){ s.kit.cert, s.kit.old_key, NULL, NULL };
	assert_null(tls_server_new(&c, NULL, &s.e));
	c = (tls_server_conf){ s.kit.cert, s.kit.key, "/nowhere.ca", NULL };
	assert_null(tls_server_new(&c, NULL, &s.e));
	assert_non_null(strstr(s.e.text, "/nowhere.ca"));
	assert_true(chmod(s.kit.key, 0644) == 0);
	c.client_ca = NULL;
	assert_null(tls_server_new(&c, NULL, &s.e));
	assert_non_null(strstr(s.e.text, s.kit.key));
	tls_client_conf client = { .ca = "/nowhere.pem" };
	assert_null(tls_client_new(&client, &s.e));
	assert_non_null(strstr(s.e.text, "/nowhere.pem"));
	client.ca = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
	assert_null(tls_client_new(&client, &s.e));
	tear_down(&s);
}

TEST(encrypted_key_is_refused_and_nobody_asked_for_its_passphrase)
{
	scene s;
	char file[128];

	NEED_NETNS();
	set_up(&s);
	snprintf(file, sizeof(file), "%s/encrypted.key", s.kit.dir);
	assert_true(run("umask 077; openssl pkey -in %s -aes128 -passout pass:x -out %s", s.kit.key,
			file));
	tls_server_conf server = { s.kit.cert, file, NULL, NULL };
	assert_null(tls_server_new(&server, NULL, &s.e));
	assert_non_null(strstr(s.e.text, "encrypted.key: it is encrypted"));
	tls_client_conf client = { .ca = s.kit.ca, .certificate = s.kit.client_cert, .key = file };
	assert_null(tls_client_new(&client, &s.e));
	assert_non_null(strstr(s.e.text, "encrypted.key: it is encrypted"));
	unlink(file);
	tear_down(&s);
}

RUN(T(certificate_for_another_name_is_refused), T(certificate_of_an_unknown_issuer_is_refused),
    T(expired_certificate_is_served_with_a_warning_and_refused),
    T(carrier_mode_takes_any_certificate_and_says_why_it_would_not),
    T(client_without_a_certificate_is_refused_where_one_is_asked_for),
    T(a_server_that_is_not_verified_is_not_shown_our_certificate),
    T(our_certificate_is_not_shown_in_the_clear), T(what_is_no_tls_is_said_so),
    T(files_that_are_not_there_are_named),
    T(encrypted_key_is_refused_and_nobody_asked_for_its_passphrase))
