/* SPDX-License-Identifier: MIT */
/* error.h - why an attempt to reach the multiplexer failed. */
#ifndef HW_CORE_CARRIER_ERROR_H
#define HW_CORE_CARRIER_ERROR_H

/* How much an error explains: of several attempts that failed, the highest is reported. */
typedef enum carrier_error_rank {
	CARRIER_NO_ERROR,
	CARRIER_SILENT,      /* nothing came back */
	CARRIER_UNREACHABLE, /* no connection, or no TLS */
	CARRIER_ANSWERED,    /* there was an answer, but it was no tunnel */
	CARRIER_REFUSED,     /* by the proxy */
	CARRIER_PORTAL,      /* a captive portal answered */
	CARRIER_CREDENTIALS, /* the proxy asks for credentials, or for others */
} carrier_error_rank;

typedef struct carrier_error {
	carrier_error_rank rank;
	char text[256];
} carrier_error;

/* What is not printable ASCII becomes "?": parts of it are what a stranger sent, and it is shown on terminals
 * and in JSON. */
void carrier_error_set(carrier_error *e, carrier_error_rank rank, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What came of an event. */
typedef enum carrier_result {
	CARRIER_PENDING,
	CARRIER_READY, /* a connection: HTTP may be spoken; an attempt: the tunnel is up */
	CARRIER_FAILED,
} carrier_result;

#endif
