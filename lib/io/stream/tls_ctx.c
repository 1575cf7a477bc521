/* SPDX-License-Identifier: MIT */
#include "io/stream/tls_ctx.h"
#include "io/stream/socket_bio.h"
#include "io/stream/tls_error.h"
#include <stdlib.h>

/* Several records a read where they are there; freed again when nothing is left in it. */
enum { READ_BUFFER = 64 * 1024 };

static const char ciphers12[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
				"ECDHE+AESGCM:ECDHE+CHACHA20";
static const char suites13[] =
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
const uint8_t tls_alpn[TLS_ALPN_LEN] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };

/* A daemon has nobody to type it, and OpenSSL would wait for that on the terminal. */
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

tls_ctx *tls_ctx_new(const SSL_METHOD *m, err *e)
{
	tls_ctx *t = calloc(1, sizeof *t);

	if (!t) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	t->users = 1;
	t->bio = socket_bio_method();
	t->ssl = SSL_CTX_new(m);
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
	tls_sessions_free(&t->sessions);
	SSL_CTX_free(t->ssl);
	BIO_meth_free(t->bio);
	free(t);
}
