/* SPDX-License-Identifier: MIT */
#include "io/stream/tls_error.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

/* The first of OpenSSL's errors is what happened, the last is only where. */
static const char *find_reason(void)
{
	unsigned long first = ERR_peek_error();

	if (ERR_SYSTEM_ERROR(first))
		return strerror(ERR_GET_REASON(first));
	if (ERR_GET_LIB(first) == ERR_LIB_PEM && ERR_GET_REASON(first) == PEM_R_NO_START_LINE)
		return "it has no PEM of that kind";
	if (ERR_GET_REASON(first) == ERR_R_INTERRUPTED_OR_CANCELLED) /* by tls_no_passphrase() */
		return "it is encrypted with a passphrase, which is not supported";
	return ERR_reason_error_string(first);
}

bool tls_failed(err *e, const char *what, const char *file)
{
	const char *why = find_reason();

	ERR_clear_error();
	return err_set(e, ERR_CONFIG, "%s%s%.150s: %s", what, file ? " " : "", file ? file : "",
		       why ? why : "OpenSSL refused");
}

const char *tls_verify_phrase(long why)
{
	switch (why) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "certificate expired";
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "certificate not valid yet (is the clock right?)";
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return "certificate of an unknown issuer";
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "certificate is for another name";
	case X509_V_ERR_CERT_REVOKED:
		return "certificate revoked";
	case X509_V_ERR_INVALID_PURPOSE:
		return "certificate is not for a server";
	default:
		return X509_verify_cert_error_string(why);
	}
}

const char *tls_error_phrase(void)
{
	unsigned long code = ERR_peek_error();
	const char *text = code ? ERR_reason_error_string(code) : NULL;

	switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_UNEXPECTED_MESSAGE:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
		return "the other end does not speak TLS";
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		return "TLS: no common version";
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
		return "TLS: no common algorithm";
	case SSL_R_NO_APPLICATION_PROTOCOL:
	case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
		return "TLS: the other end does not offer HTTP/1.1";
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		return "TLS: the client shows no certificate";
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return "TLS: the server asks for a client certificate";
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
		return "TLS: the other end does not know our certificate's issuer";
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
		return "TLS: the other end refuses our certificate";
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
		return "TLS: the other end says that our certificate has expired";
	default:
		return text ? text : "TLS failed";
	}
}
