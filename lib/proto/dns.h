/* SPDX-License-Identifier: MIT */
/* dns.h - what a stub resolver needs of DNS: a question for a name's addresses, and the answer to it
 * (RFC 1035 4, RFC 3596 for IPv6). Pure codec. */
#ifndef HW_PROTO_DNS_H
#define HW_PROTO_DNS_H

#include "base/addr.h"
#include "base/wire.h"

enum {
	DNS_PORT = 53,
	DNS_A = 1,
	DNS_AAAA = 28,
	DNS_NAME_MAX = 255, /* octets, as on the wire (2.3.4) */
	DNS_QUERY_MAX = 12 + DNS_NAME_MAX + 4,
};

typedef struct dns_question {
	uint16_t id;      /* random, the caller's */
	uint16_t type;    /* DNS_A or DNS_AAAA */
	const char *host; /* a full name, with or without a dot at its end */
} dns_question;

/* Recursion is desired. False: not a valid name, or no room. */
bool dns_query_put(wire_wr *w, const dns_question *q);

typedef enum dns_verdict {
	DNS_NOT_OURS,  /* not an answer to this question, or malformed: keep waiting */
	DNS_CUT,       /* truncated: ask again by TCP */
	DNS_REFUSED,   /* this server failed or refused */
	DNS_EMPTY,     /* there is no such name, or it has no such addresses */
	DNS_ADDRESSES, /* out[0 .. *n - 1], at least one */
	DNS_N_VERDICTS
} dns_verdict;

/* A whole message. Aliases (CNAME) are followed within it. What is beyond max addresses is left out; *n is 0
 * unless there are DNS_ADDRESSES. */
dns_verdict dns_answer_get(const uint8_t *p, size_t len, const dns_question *q, ip_addr *out,
			   unsigned max, unsigned *n);

#endif
