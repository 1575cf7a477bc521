/* SPDX-License-Identifier: MIT */
/* stream_tls.c - TLS over a stream's socket. OpenSSL reads and writes by a BIO of our own, which never
 * raises SIGPIPE. */
#include "io/stream/stream_priv.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

static int bio_read(BIO *b, char *p, size_t n, size_t *got)
{
	stream *s = BIO_get_data(b);
	ssize_t r = recv(s->fd, p, n, 0);
	BIO_clear_retry_flags(b);
	*got = r > 0 ? (size_t)r : 0;
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(b);
	s->eof |= r == 0;
	return r > 0;
}

static int bio_write(BIO *b, const char *p, size_t n, size_t *put)
{
	stream *s = BIO_get_data(b);
	ssize_t r = send(s->fd, p, n, MSG_NOSIGNAL);
	BIO_clear_retry_flags(b);
	*put = r > 0 ? (size_t)r : 0;
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(b);
	return r > 0;
}

static long bio_ctrl(BIO *b, int command, long number, void *arg)
{
	(void)number, (void)arg;
	const stream *s = BIO_get_data(b);
	if (command == BIO_CTRL_EOF)
		return s->eof;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *stream_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOCKET, "stream");
	if (m && BIO_meth_set_read_ex(m, bio_read) && BIO_meth_set_write_ex(m, bio_write) &&
	    BIO_meth_set_ctrl(m, bio_ctrl))
		return m;
	BIO_meth_free(m);
	return NULL;
}

static bool set_bio(stream *s)
{
	BIO *b = BIO_new(s->tls->bio);
	if (!b)
		return false;
	BIO_set_data(b, s);
	BIO_set_init(b, 1);
	SSL_set_bio(s->ssl, b, b);
	return true;
}

/* The name that the certificate must be for; an address isn't sent as SNI (RFC 6066 3). */
static bool set_name(stream *s)
{
	ip_addr a;
	SSL_set_hostflags(s->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (ip_parse(s->name, &a))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->ssl), s->name) == 1;
	return SSL_set1_host(s->ssl, s->name) == 1 &&
	       SSL_set_tlsext_host_name(s->ssl, s->name) == 1;
}

static void set_session(stream *s)
{
	SSL_SESSION *session = tls_session_take(s->tls, s->name);
	if (!session)
		return;
	SSL_set_session(s->ssl, session);
	SSL_SESSION_free(session);
}

bool stream_tls_new(stream *s, err *e)
{
	s->ssl = SSL_new(s->tls->ssl);
	if (!s->ssl || !set_bio(s))
		return tls_failed(e, "TLS", NULL);
	SSL_set_app_data(s->ssl, s);
	if (!s->name) {
		SSL_set_accept_state(s->ssl);
		return true;
	}
	SSL_set_connect_state(s->ssl);
	if (!set_name(s))
		return tls_failed(e, "TLS to", s->name);
	set_session(s);
	return true;
}

/* What a call that did not succeed means. */
static int verdict(stream *s, int result, int why_errno)
{
	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return IO_BLOCKED;
	case SSL_ERROR_WANT_WRITE:
		s->wants_out = true;
		return IO_BLOCKED;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	case SSL_ERROR_SYSCALL:
		s->why = why_errno ? strerrordesc_np(why_errno) : "cut off";
		return IO_BROKEN;
	default:
		s->why = tls_error_phrase();
		return IO_BROKEN;
	}
}

static int handshake_failed(stream *s, int v)
{
	long verified = SSL_get_verify_result(s->ssl);
	if (v == IO_BLOCKED)
		return IO_BLOCKED;
	if (v == IO_EOF || (s->eof && !ERR_peek_error()))
		s->why = "closed during the TLS handshake";
	else if (verified != X509_V_OK)
		s->why = tls_verify_phrase(verified);
	return IO_BROKEN;
}

int stream_tls_handshake(stream *s)
{
	ERR_clear_error();
	errno = 0;
	s->wants_out = false;
	int r = SSL_do_handshake(s->ssl);
	s->tls_ready = r == 1;
	return r == 1 ? 1 : handshake_failed(s, verdict(s, r, errno));
}

ssize_t stream_tls_read(stream *s, uint8_t *p, size_t n)
{
	size_t got;
	ERR_clear_error();
	errno = 0;
	int r = SSL_read_ex(s->ssl, p, n, &got);
	return r == 1 ? (ssize_t)got : verdict(s, r, errno);
}

ssize_t stream_tls_write(stream *s, const uint8_t *p, size_t n)
{
	size_t put;
	ERR_clear_error();
	errno = 0;
	int r = SSL_write_ex(s->ssl, p, n, &put);
	if (r == 1)
		return (ssize_t)put;
	int v = verdict(s, r, errno);
	if (v == IO_EOF)
		s->why = "closed by the other end";
	return v == IO_EOF ? IO_BROKEN : v;
}

bool stream_tls_holds(const stream *s)
{
	return s->ssl && SSL_has_pending(s->ssl);
}

void stream_tls_bye(stream *s)
{
	if (!s->tls_ready || s->broken)
		return;
	ERR_clear_error();
	SSL_shutdown(s->ssl);
	ERR_clear_error();
}

/* A connection that is just dropped (as when its network is gone) says nothing against its session:
 * unless told, OpenSSL would not resume it. */
void stream_tls_free(stream *s)
{
	if (s->ssl && s->tls_ready)
		SSL_set_shutdown(s->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(s->ssl);
	s->ssl = NULL;
}

const char *stream_unverified(const stream *s)
{
	long why = s->ssl && s->name ? SSL_get_verify_result(s->ssl) : X509_V_OK;
	return why == X509_V_OK ? NULL : tls_verify_phrase(why);
}

bool stream_is_tls(const stream *s)
{
	return s->ssl != NULL;
}
