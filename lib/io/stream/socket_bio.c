/* SPDX-License-Identifier: MIT */
#include "io/stream/socket_bio.h"
#include <errno.h>
#include <sys/socket.h>

static int read_socket(BIO *b, char *p, size_t n, size_t *got)
{
	socket_bio *s = BIO_get_data(b);
	ssize_t r = recv(s->fd, p, n, 0);

	BIO_clear_retry_flags(b);
	*got = r > 0 ? (size_t)r : 0;
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(b);
	s->eof |= r == 0;
	return r > 0;
}

static int write_socket(BIO *b, const char *p, size_t n, size_t *put)
{
	const socket_bio *s = BIO_get_data(b);
	ssize_t r = send(s->fd, p, n, MSG_NOSIGNAL);

	BIO_clear_retry_flags(b);
	*put = r > 0 ? (size_t)r : 0;
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(b);
	return r > 0;
}

static long control(BIO *b, int command, long number, void *arg)
{
	const socket_bio *s = BIO_get_data(b);

	(void)number, (void)arg;
	if (command == BIO_CTRL_EOF)
		return s->eof;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *socket_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOCKET, "socket");

	if (m && BIO_meth_set_read_ex(m, read_socket) && BIO_meth_set_write_ex(m, write_socket) &&
	    BIO_meth_set_ctrl(m, control))
		return m;
	BIO_meth_free(m);
	return NULL;
}

BIO *socket_bio_new(const BIO_METHOD *m, socket_bio *data)
{
	BIO *b = BIO_new(m);

	if (!b)
		return NULL;
	BIO_set_data(b, data);
	BIO_set_init(b, 1);
	return b;
}
