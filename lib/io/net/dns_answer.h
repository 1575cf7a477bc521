/* SPDX-License-Identifier: MIT */
/* dns_answer.h - what came of asking for a name's addresses. */
#ifndef HW_IO_NET_DNS_ANSWER_H
#define HW_IO_NET_DNS_ANSWER_H

#include "base/addr.h"

enum { DNS_ADDRESSES = 8 };

typedef enum dns_outcome {
	DNS_FOUND,     /* at least one address */
	DNS_NOT_FOUND, /* somebody answered, and had no address */
	DNS_SILENT,    /* nobody answered */
} dns_outcome;

typedef struct dns_answer {
	dns_outcome outcome;
	ip_addr at[DNS_ADDRESSES];
	unsigned n; /* 0 unless DNS_FOUND */
} dns_answer;

#endif
