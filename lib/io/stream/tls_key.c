/* SPDX-License-Identifier: MIT */
#include "io/stream/tls_key.h"
#include "base/private.h"
#include "io/stream/tls_ctx.h"
#include "io/stream/tls_error.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FILE_MAX = 65536 };

bool tls_use_key_text(SSL_CTX *c, const char *pem, const char *name, err *e)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *k = in ? PEM_read_bio_PrivateKey(in, NULL, tls_no_passphrase, NULL) : NULL;
	bool ok = k && SSL_CTX_use_PrivateKey(c, k) == 1;

	EVP_PKEY_free(k);
	BIO_free(in);
	if (!ok)
		return tls_failed(e, "key", name);
	ERR_clear_error();
	return true;
}

/* Read, then examined, then used: all of one open file, whatever its name leads to meanwhile. */
bool tls_use_key_file(SSL_CTX *c, const char *file, const char *user, err *e)
{
	file_access access;
	char *pem;
	size_t n;

	if (!file_read_access(file, KEY_FILE_MAX, &pem, &n, &access, e))
		return false;
	bool ok = private_check(file, &access, user, e) && tls_use_key_text(c, pem, file, e);
	explicit_bzero(pem, n);
	free(pem);
	return ok;
}
