/* SPDX-License-Identifier: MIT */
#include "io/stream/tls_priv.h"
#include "base/conf.h"
#include "io/stream/stream_priv.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Several records a read where they are there; freed again when nothing is left in it. */
enum { READ_BUFFER = 64 * 1024, TICKETS = 1 };

static const char ciphers12[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
				"ECDHE+AESGCM:ECDHE+CHACHA20";
static const char suites13[] =
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static const uint8_t alpn[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };

/* The first of OpenSSL's errors is what happened, the last only where. */
static const char *reason(void)
{
	unsigned long first = ERR_peek_error();
	if (ERR_SYSTEM_ERROR(first))
		return strerror(ERR_GET_REASON(first));
	if (ERR_GET_LIB(first) == ERR_LIB_PEM && ERR_GET_REASON(first) == PEM_R_NO_START_LINE)
		return "there is no PEM of that kind in it";
	if (ERR_GET_REASON(first) == ERR_R_INTERRUPTED_OR_CANCELLED) /* by tls_no_passphrase() */
		return "it is encrypted, and nobody is asked for its passphrase";
	return ERR_reason_error_string(first);
}

bool tls_failed(err *e, const char *what, const char *file)
{
	const char *why = reason();
	ERR_clear_error();
	return err_set(e, ERR_CONFIG, "%s%s%.150s: %s", what, file ? " " : "", file ? file : "",
		       why ? why : "OpenSSL refused");
}

/* Nobody sits there to type it, and OpenSSL would wait for that on the terminal. */
int tls_no_passphrase(char *out, int room, int writing, void *ctx)
{
	(void)out, (void)room, (void)writing, (void)ctx;
	return -1;
}

static void set_common(SSL_CTX *c)
{
	SSL_CTX_set_default_passwd_cb(c, tls_no_passphrase);
	SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				       SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(c, 1);
	SSL_CTX_set_default_read_buffer_len(c, READ_BUFFER);
}

static bool set_algorithms(SSL_CTX *c)
{
	return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(c, ciphers12) == 1 &&
	       SSL_CTX_set_ciphersuites(c, suites13) == 1 &&
	       SSL_CTX_set1_groups_list(c, "X25519:P-256:P-384") == 1;
}

tls_ctx *tls_ctx_new(bool server, err *e)
{
	tls_ctx *t = calloc(1, sizeof(*t));
	if (!t) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	t->users = 1;
	t->server = server;
	t->bio = stream_bio_method();
	t->ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (t->bio && t->ssl && set_algorithms(t->ssl)) {
		set_common(t->ssl);
		SSL_CTX_set_app_data(t->ssl, t);
		return t;
	}
	tls_failed(e, "TLS", NULL);
	tls_ctx_free(t);
	return NULL;
}

tls_ctx *tls_ctx_use(tls_ctx *t)
{
	t->users++;
	return t;
}

void tls_ctx_free(tls_ctx *t)
{
	if (!t || --t->users > 0)
		return;
	tls_sessions_free(t);
	SSL_CTX_free(t->ssl);
	BIO_meth_free(t->bio);
	free(t);
}

/* RFC 7301 3.2: who asks for other protocols only is told so. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned in_len, void *arg)
{
	(void)ssl, (void)arg;
	unsigned char *found;
	if (SSL_select_next_proto(&found, out_len, alpn, sizeof(alpn), in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

static bool load_own(SSL_CTX *c, const tls_server_conf *conf, err *e)
{
	if (SSL_CTX_use_certificate_chain_file(c, conf->certificate) != 1)
		return tls_failed(e, "certificate", conf->certificate);
	if (!conf_private(conf->key, e))
		return false;
	if (SSL_CTX_use_PrivateKey_file(c, conf->key, SSL_FILETYPE_PEM) != 1)
		return tls_failed(e, "key", conf->key);
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

static void look_at_dates(const tls_ctx *t, const char *file, char warning[128])
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

/* Sessions live in tickets, under a key of this context: nothing is kept for them here. */
static void set_sessions(SSL_CTX *c)
{
	static const uint8_t id[] = "homeward";
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(c, id, sizeof(id) - 1);
	SSL_CTX_set_num_tickets(c, TICKETS);
}

tls_ctx *tls_server_new(const tls_server_conf *conf, char warning[128], err *e)
{
	tls_ctx *t = tls_ctx_new(true, e);
	if (!t)
		return NULL;
	SSL_CTX_set_options(t->ssl, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_alpn_select_cb(t->ssl, choose_alpn, NULL);
	set_sessions(t->ssl);
	if (load_own(t->ssl, conf, e) && load_client_ca(t->ssl, conf->client_ca, e)) {
		look_at_dates(t, conf->certificate, warning);
		return t;
	}
	tls_ctx_free(t);
	return NULL;
}
