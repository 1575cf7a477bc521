/* SPDX-License-Identifier: MIT */
/* tls_server.c - the accepting side of tls.h. */
#include "io/stream/tls_ctx.h"
#include "io/stream/tls_error.h"
#include "io/stream/tls_key.h"
#include <stdio.h>

enum { TICKETS = 1 };

/* RFC 7301 3.2: a client that offers only other protocols gets an alert. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned in_len, void *arg)
{
	unsigned char *found;

	(void)ssl, (void)arg;
	if (SSL_select_next_proto(&found, out_len, tls_alpn, TLS_ALPN_LEN, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

static bool load_own(SSL_CTX *c, const tls_server_conf *conf, err *e)
{
	if (SSL_CTX_use_certificate_chain_file(c, conf->certificate) != 1)
		return tls_failed(e, "certificate", conf->certificate);
	if (!tls_use_key_file(c, conf->key, conf->user, e))
		return false;
	return SSL_CTX_check_private_key(c) == 1 ||
	       tls_failed(e, "the certificate is not that of the key", conf->key);
}

static bool load_client_ca(SSL_CTX *c, const char *file, err *e)
{
	if (!file)
		return true;
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
	if (!names || SSL_CTX_load_verify_locations(c, file, NULL) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return tls_failed(e, "client_ca", file);
	}
	SSL_CTX_set_client_CA_list(c, names);
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return true;
}

static void check_dates(const tls_ctx *t, const char *file, char warning[128])
{
	const X509 *x = SSL_CTX_get0_certificate(t->ssl);
	const char *what = NULL;

	if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
		what = "has expired";
	else if (X509_cmp_current_time(X509_get0_notBefore(x)) > 0)
		what = "is not valid yet";
	if (warning)
		*warning = '\0';
	if (warning && what)
		snprintf(warning, 128, "the certificate %.80s %s", file, what);
}

/* Sessions are in tickets, under a key of this context: nothing is kept for them here. */
static void set_sessions(SSL_CTX *c)
{
	static const uint8_t id[] = "homeward";

	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(c, id, sizeof id - 1);
	SSL_CTX_set_num_tickets(c, TICKETS);
}

tls_ctx *tls_server_new(const tls_server_conf *conf, char warning[128], err *e)
{
	tls_ctx *t = tls_ctx_new(TLS_server_method(), e);

	if (!t)
		return NULL;
	SSL_CTX_set_options(t->ssl, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_alpn_select_cb(t->ssl, choose_alpn, NULL);
	set_sessions(t->ssl);
	if (load_own(t->ssl, conf, e) && load_client_ca(t->ssl, conf->client_ca, e)) {
		check_dates(t, conf->certificate, warning);
		return t;
	}
	tls_ctx_free(t);
	return NULL;
}
