/* SPDX-License-Identifier: MIT */
/* tls_client.c - the connecting side of tls.h: trust anchors, a certificate of our own, sessions to
 * resume. */
#include "io/stream/tls_conn.h"
#include "io/stream/tls_ctx.h"
#include "io/stream/tls_error.h"
#include "io/stream/tls_key.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

static bool is_pem(const char *text)
{
	return strstr(text, "-----BEGIN ") != NULL;
}

static BIO *open_pem(const char *text)
{
	return is_pem(text) ? BIO_new_mem_buf(text, -1) : BIO_new_file(text, "r");
}

static const char *name_of(const char *text)
{
	return is_pem(text) ? "given inline" : text;
}

static bool load_anchors(SSL_CTX *c, const char *ca, err *e)
{
	BIO *in = open_pem(ca);
	X509_STORE *store = SSL_CTX_get_cert_store(c);
	unsigned n = 0;
	X509 *x;

	while (in && (x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(store, x) == 1;
		X509_free(x);
	}
	BIO_free(in);
	if (n == 0)
		return tls_failed(e, "trust anchor", name_of(ca));
	ERR_clear_error(); /* the end of the file is one */
	return true;
}

static bool load_ca(SSL_CTX *c, const char *ca, err *e)
{
	if (ca)
		return load_anchors(c, ca, e);
	return SSL_CTX_set_default_verify_paths(c) == 1 ||
	       tls_failed(e, "the system's trust anchors", NULL);
}

static bool use_certificate(SSL_CTX *c, const char *text)
{
	BIO *in = open_pem(text);
	X509 *x = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	bool ok = x && SSL_CTX_use_certificate(c, x) == 1;

	X509_free(x);
	while (ok && (x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		ok = SSL_CTX_add0_chain_cert(c, x) == 1;
		if (!ok)
			X509_free(x);
	}
	BIO_free(in);
	return ok;
}

static bool use_key(SSL_CTX *c, const tls_client_conf *conf, err *e)
{
	return is_pem(conf->key) ? tls_use_key_text(c, conf->key, name_of(conf->key), e)
				 : tls_use_key_file(c, conf->key, conf->user, e);
}

static bool load_own(SSL_CTX *c, const tls_client_conf *conf, err *e)
{
	if (!conf->certificate)
		return true;
	if (!conf->key)
		return err_set(e, ERR_CONFIG, "a certificate without its key");
	if (!use_certificate(c, conf->certificate))
		return tls_failed(e, "certificate", name_of(conf->certificate));
	ERR_clear_error(); /* the end of the file is one */
	if (!use_key(c, conf, e))
		return false;
	return SSL_CTX_check_private_key(c) == 1 ||
	       tls_failed(e, "the key is not that of the certificate", NULL);
}

/* The result stays in the connection, and in the session if it is resumed. */
static int accept_any(int ok, X509_STORE_CTX *x)
{
	(void)ok, (void)x;
	return 1;
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	tls_ctx *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const tls_conn *c = SSL_get_app_data(ssl);

	tls_session_save(&t->sessions, c->name, session);
	return 1;
}

/* The server asks for our certificate. TLS 1.2 would send it in the clear; and who is not verified may be anybody. By
 * now the server has proven what it can prove: RFC 8446 4.4.2, after its Finished. */
static int show_certificate(SSL *ssl, void *ctx)
{
	tls_conn *c = SSL_get_app_data(ssl);

	(void)ctx;
	if (SSL_get_verify_result(ssl) != X509_V_OK)
		c->withheld = "TLS: the server asks for a client certificate, and is not verified "
			      "itself (tls = carrier): it is not shown ours";
	else if (SSL_version(ssl) < TLS1_3_VERSION)
		c->withheld = "TLS: the server asks for a client certificate, and speaks TLS 1.2, "
			      "which would show ours to everybody on the way";
	if (c->withheld)
		SSL_certs_clear(ssl);
	return 1;
}

tls_ctx *tls_client_new(const tls_client_conf *conf, err *e)
{
	tls_ctx *t = tls_ctx_new(TLS_client_method(), e);

	if (!t)
		return NULL;
	SSL_CTX_set_verify(t->ssl, SSL_VERIFY_PEER, conf->carrier ? accept_any : NULL);
	SSL_CTX_set_session_cache_mode(t->ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ssl, on_session);
	if (conf->certificate)
		SSL_CTX_set_cert_cb(t->ssl, show_certificate, NULL);
	if (SSL_CTX_set_alpn_protos(t->ssl, tls_alpn, TLS_ALPN_LEN) == 0 &&
	    load_ca(t->ssl, conf->ca, e) && load_own(t->ssl, conf, e))
		return t;
	tls_ctx_free(t);
	return NULL;
}
