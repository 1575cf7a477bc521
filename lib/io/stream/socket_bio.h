/* SPDX-License-Identifier: MIT */
/* socket_bio.h - how OpenSSL reads and writes a socket: by a BIO of our own, which never raises SIGPIPE and
 * remembers the end of the octets. Private to lib/io. */
#ifndef HW_IO_STREAM_SOCKET_BIO_H
#define HW_IO_STREAM_SOCKET_BIO_H

#include <openssl/bio.h>
#include <stdbool.h>

typedef struct socket_bio { /* the BIO's data, the owner's */
	int fd;
	bool eof; /* the other end sends no more */
} socket_bio;

BIO_METHOD *socket_bio_method(void); /* freed with BIO_meth_free(); NULL: no memory */
BIO *socket_bio_new(const BIO_METHOD *m, socket_bio *data);

#endif
