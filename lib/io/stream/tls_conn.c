/* SPDX-License-Identifier: MIT */
#include "io/stream/tls_conn.h"
#include "base/addr.h"
#include "io/stream/tls_ctx.h"
#include "io/stream/tls_error.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { HANDSHAKE_RECORDS = 32 };

/* After the handshake come a few tickets, and a key update (RFC 8446 4.6.3) after some hundred gigabytes. OpenSSL works
 * through as many of these as there are in one call, and a key update costs a hundred times what sending it does. */
static void on_record(int writes, int version, int type, const void *p, size_t n, SSL *ssl,
		      void *ctx)
{
	tls_conn *t = ctx;
	const uint8_t *octets = p;

	(void)version;
	if (writes || !t->ready || n == 0 ||
	    (type != SSL3_RT_HEADER && type != SSL3_RT_INNER_CONTENT_TYPE) ||
	    octets[0] != SSL3_RT_HANDSHAKE)
		return;
	if (++t->handshake_records > HANDSHAKE_RECORDS) /* the next record is not read any more */
		SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

/* The name that the certificate must be for; an address isn't sent as SNI (RFC 6066 3). */
static bool set_name(tls_conn *t)
{
	ip_addr a;

	SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (ip_parse(t->name, &a))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(t->ssl), t->name) == 1;
	return SSL_set1_host(t->ssl, t->name) == 1 &&
	       SSL_set_tlsext_host_name(t->ssl, t->name) == 1;
}

static void set_session(tls_conn *t)
{
	SSL_SESSION *session = tls_session_take(&t->ctx->sessions, t->name);

	if (!session)
		return;
	SSL_set_session(t->ssl, session);
	SSL_SESSION_free(session);
}

static bool set_up(tls_conn *t, const char *name, err *e)
{
	BIO *b = socket_bio_new(t->ctx->bio, &t->socket);

	t->ssl = SSL_new(t->ctx->ssl);
	if (!t->ssl || !b) {
		BIO_free(b);
		return tls_failed(e, "TLS", NULL);
	}
	SSL_set_bio(t->ssl, b, b);
	SSL_set_msg_callback(t->ssl, on_record);
	SSL_set_msg_callback_arg(t->ssl, t);
	if (!name) {
		SSL_set_accept_state(t->ssl);
		return true;
	}
	SSL_set_connect_state(t->ssl);
	t->name = strdup(name);
	SSL_set_app_data(t->ssl, t);
	if (!t->name || !set_name(t))
		return tls_failed(e, "TLS to", name);
	set_session(t);
	return true;
}

tls_conn *tls_conn_new(tls_ctx *ctx, int fd, const char *name, err *e)
{
	tls_conn *t = calloc(1, sizeof *t);

	if (!t) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	*t = (tls_conn){ .ctx = tls_ctx_use(ctx), .socket = { .fd = fd } };
	if (set_up(t, name, e))
		return t;
	tls_conn_free(t);
	return NULL;
}

void tls_conn_free(tls_conn *t)
{
	if (!t)
		return;
	/* Without this OpenSSL would not resume the session of a connection that is just dropped, as when its
	 * network is gone, which says nothing against it. */
	if (t->ssl && t->ready)
		SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	tls_ctx_free(t->ctx);
	free(t->name);
	free(t);
}

/* That it would have needed our certificate, the server says by a failed handshake, or after it (TLS 1.3). */
static const char *explain_failure(const tls_conn *t)
{
	bool asks = ERR_GET_REASON(ERR_peek_error()) == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED;

	return t->withheld && (!t->ready || asks) ? t->withheld : tls_error_phrase();
}

/* What a call that did not succeed means. */
static int judge(tls_conn *t, int result, int why_errno)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_BLOCKED;
	case SSL_ERROR_WANT_WRITE:
		t->wants_write = true;
		return TLS_BLOCKED;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_EOF;
	case SSL_ERROR_SYSCALL:
		t->why = why_errno ? strerrordesc_np(why_errno) : "cut off";
		return TLS_BROKEN;
	default:
		t->why = explain_failure(t);
		return TLS_BROKEN;
	}
}

static int judge_handshake(tls_conn *t, int verdict)
{
	long verified = SSL_get_verify_result(t->ssl);

	if (verdict == TLS_BLOCKED)
		return TLS_BLOCKED;
	if (verdict == TLS_EOF || (t->socket.eof && !ERR_peek_error()))
		t->why = "closed during the TLS handshake";
	else if (verified != X509_V_OK && !t->withheld)
		t->why = tls_verify_phrase(verified);
	return TLS_BROKEN;
}

int tls_conn_handshake(tls_conn *t)
{
	ERR_clear_error();
	errno = 0;
	t->wants_write = false;
	int r = SSL_do_handshake(t->ssl);
	t->ready = r == 1;
	return t->ready ? 1 : judge_handshake(t, judge(t, r, errno));
}

ssize_t tls_conn_read(tls_conn *t, uint8_t *p, size_t n)
{
	size_t got;

	ERR_clear_error();
	errno = 0;
	int r = SSL_read_ex(t->ssl, p, n, &got);
	if (t->handshake_records > HANDSHAKE_RECORDS) {
		t->why = "too many handshake messages";
		return TLS_BROKEN;
	}
	return r == 1 ? (ssize_t)got : judge(t, r, errno);
}

ssize_t tls_conn_write(tls_conn *t, const uint8_t *p, size_t n)
{
	size_t put;

	ERR_clear_error();
	errno = 0;
	int r = SSL_write_ex(t->ssl, p, n, &put);
	if (r == 1)
		return (ssize_t)put;
	int verdict = judge(t, r, errno);
	if (verdict == TLS_EOF)
		t->why = "closed by the other end";
	return verdict == TLS_EOF ? TLS_BROKEN : verdict;
}

bool tls_conn_has_pending(const tls_conn *t)
{
	return SSL_has_pending(t->ssl);
}

void tls_conn_say_goodbye(tls_conn *t)
{
	if (!t->ready)
		return;
	ERR_clear_error();
	SSL_shutdown(t->ssl);
	ERR_clear_error();
}

const char *tls_conn_unverified(const tls_conn *t)
{
	long why = t->name ? SSL_get_verify_result(t->ssl) : X509_V_OK;

	return why == X509_V_OK ? NULL : tls_verify_phrase(why);
}
