/* SPDX-License-Identifier: MIT */
/* tls_key.h - a private key out of PEM text or a file, which must be private (base/private.h). Private to lib/io. */
#ifndef HW_IO_STREAM_TLS_KEY_H
#define HW_IO_STREAM_TLS_KEY_H

#include "base/err.h"
#include <openssl/ssl.h>

/* user: as private_check() has it. False: *e names the file. */
bool tls_use_key_text(SSL_CTX *c, const char *pem, const char *name, err *e);
bool tls_use_key_file(SSL_CTX *c, const char *file, const char *user, err *e);

#endif
