/* SPDX-License-Identifier: MIT */
/* tls_client.c - the connecting side of tls.h: trust anchors, a certificate of our own, sessions to
 * resume. */
#include "io/stream/tls_priv.h"
#include "io/stream/stream_priv.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t alpn[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };

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

static bool use_key(SSL_CTX *c, const char *text)
{
	BIO *in = open_pem(text);
	EVP_PKEY *k = in ? PEM_read_bio_PrivateKey(in, NULL, tls_no_passphrase, NULL) : NULL;
	bool ok = k && SSL_CTX_use_PrivateKey(c, k) == 1;
	EVP_PKEY_free(k);
	BIO_free(in);
	return ok;
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
	if (!use_key(c, conf->key))
		return tls_failed(e, "key", name_of(conf->key));
	ERR_clear_error();
	return SSL_CTX_check_private_key(c) == 1 ||
	       tls_failed(e, "the key is not that of the certificate", NULL);
}

/* The result stays in the connection, and in the session if it is resumed. */
static int take_any(int ok, X509_STORE_CTX *x)
{
	(void)ok, (void)x;
	return 1;
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	const stream *s = SSL_get_app_data(ssl);
	if (!s || !s->name)
		return 0;
	tls_session_save(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)), s->name, session);
	return 1;
}

tls_ctx *tls_client_new(const tls_client_conf *conf, err *e)
{
	tls_ctx *t = tls_ctx_new(false, e);
	if (!t)
		return NULL;
	SSL_CTX_set_verify(t->ssl, SSL_VERIFY_PEER, conf->carrier ? take_any : NULL);
	SSL_CTX_set_session_cache_mode(t->ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ssl, on_session);
	if (SSL_CTX_set_alpn_protos(t->ssl, alpn, sizeof(alpn)) == 0 &&
	    load_ca(t->ssl, conf->ca, e) && load_own(t->ssl, conf, e))
		return t;
	tls_ctx_free(t);
	return NULL;
}

static tls_saved *find(tls_ctx *t, const char *name)
{
	for (unsigned i = 0; i < TLS_SESSIONS; i++)
		if (t->saved[i].session && strcmp(t->saved[i].name, name) == 0)
			return &t->saved[i];
	return NULL;
}

void tls_session_save(tls_ctx *t, const char *name, SSL_SESSION *s)
{
	tls_saved *k = find(t, name);
	if (!k)
		k = &t->saved[t->next++ % TLS_SESSIONS];
	SSL_SESSION_free(k->session);
	k->session = NULL;
	if (strlen(name) >= sizeof(k->name)) {
		SSL_SESSION_free(s);
		return;
	}
	strcpy(k->name, name);
	k->session = s;
}

/* RFC 8446 C.4: a ticket is used once, else visits could be linked by it. TLS 1.2 gives no new one for a
 * session that is resumed. */
SSL_SESSION *tls_session_take(tls_ctx *t, const char *name)
{
	tls_saved *k = find(t, name);
	if (!k)
		return NULL;
	SSL_SESSION *s = k->session;
	if (SSL_SESSION_get_protocol_version(s) >= TLS1_3_VERSION)
		k->session = NULL;
	else
		SSL_SESSION_up_ref(s);
	return s;
}

void tls_sessions_free(tls_ctx *t)
{
	for (unsigned i = 0; i < TLS_SESSIONS; i++)
		SSL_SESSION_free(t->saved[i].session);
}
