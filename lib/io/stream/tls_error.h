/* SPDX-License-Identifier: MIT */
/* tls_error.h - what went wrong in OpenSSL, in words that say what to do about it. Private to lib/io. */
#ifndef HW_IO_STREAM_TLS_ERROR_H
#define HW_IO_STREAM_TLS_ERROR_H

#include "base/err.h"
#include <stdbool.h>

/* False; sets *e with the reason from OpenSSL's error queue. file: what it is about; NULL: nothing. */
bool tls_failed(err *e, const char *what, const char *file);
/* The phrase for a verification that failed; for a handshake that did, from OpenSSL's error queue. Both are
 * static. */
const char *tls_verify_phrase(long why);
const char *tls_error_phrase(void);

#endif
