/* SPDX-License-Identifier: MIT */
/* muxload_tls.c - the client's TLS. The multiplexer's certificate is verified once, against its
 * authority and name; later ones must be that one, which costs the load generator nothing. */
#include "muxload.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static const uint8_t alpn[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };

void failure(load *l, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	if (!*l->why)
		snprintf(l->why, sizeof l->why, "%.60s%s%.80s", what, why ? ": " : "",
			 why ? why : "");
	l->failed++;
}

static int verify(X509_STORE_CTX *c, void *arg)
{
	load *l = arg;
	X509 *leaf = X509_STORE_CTX_get0_cert(c);

	if (l->known)
		return X509_cmp(l->known, leaf) == 0;
	if (X509_verify_cert(c) != 1)
		return 0;
	X509_up_ref(leaf);
	l->known = leaf;
	return 1;
}

/* Only the first session is kept, for all that resume. */
static int keep_session(SSL *s, SSL_SESSION *session)
{
	load *l = SSL_CTX_get_app_data(SSL_get_SSL_CTX(s));

	if (l->session)
		return 0;
	l->session = session;
	return 1;
}

bool tls_prepare(load *l, const char *ca)
{
	l->ctx = SSL_CTX_new(TLS_client_method());
	if (!l->ctx || SSL_CTX_load_verify_locations(l->ctx, ca, NULL) != 1 ||
	    SSL_CTX_set1_groups_list(l->ctx, "X25519:P-256") != 1 ||
	    SSL_CTX_set_alpn_protos(l->ctx, alpn, sizeof alpn) != 0)
		return false;
	SSL_CTX_set_app_data(l->ctx, l);
	SSL_CTX_set_verify(l->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(l->ctx, verify, l);
	SSL_CTX_set_mode(l->ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(l->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(l->ctx, keep_session);
	return true;
}

void tls_done(load *l)
{
	SSL_SESSION_free(l->session);
	X509_free(l->known);
	SSL_CTX_free(l->ctx);
}

static bool set_name(SSL *s, const char *name)
{
	struct in_addr a;

	if (inet_pton(AF_INET, name, &a) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s), name) == 1;
	return SSL_set1_host(s, name) == 1 && SSL_set_tlsext_host_name(s, name) == 1;
}

/* A copy, since OpenSSL lets a session of TLS 1.3 be used once (RFC 8446 C.4). */
static void offer_session(const load *l, SSL *s)
{
	SSL_SESSION *copy = l->resume && l->session ? SSL_SESSION_dup(l->session) : NULL;

	if (copy)
		SSL_set_session(s, copy);
	SSL_SESSION_free(copy);
}

SSL *tls_begin(load *l, int fd)
{
	SSL *s = SSL_new(l->ctx);

	if (!s || SSL_set_fd(s, fd) != 1 || !set_name(s, l->name)) {
		SSL_free(s);
		failure(l, "TLS");
		return NULL;
	}
	offer_session(l, s);
	SSL_set_connect_state(s);
	return s;
}
