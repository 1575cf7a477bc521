/* SPDX-License-Identifier: MIT */
/* public_names.h - what the names stand for that clients are given for this server and its relays. A name keeps what it
 * stood for until it is found to stand for something else. No input and output here: lookups.h asks. */
#ifndef HW_SERVER_PUBLIC_NAMES_H
#define HW_SERVER_PUBLIC_NAMES_H

#include "conf.h"
#include "io/net/dns_answer.h"
#include "names.h"

enum { PUBLIC_NAMES = CONF_PUBLICS + HOME_RELAYS };

typedef struct public_name {
	char host[NAMES_HOST];
	ip_addr at[DNS_ADDRESSES];
	unsigned n; /* 0: not known yet */
} public_name;

typedef struct public_names { /* zeros: none */
	public_name list[PUBLIC_NAMES];
	unsigned n;
} public_names;

/* From here on it has those of this configuration, each once; what was known of them stays. */
void public_names_take(public_names *t, const server_conf *c);
/* Takes what was found about list[i]; false: that is no change, or nothing was. */
bool public_names_put(public_names *t, unsigned i, const dns_answer *found);

/* What a `public = TEXT` stands for. Returns how many addresses; 0: not known. */
size_t public_names_find(const public_names *t, const char *text, ip_addr *out, size_t max);
/* The first of them, at its port. */
bool public_names_endpoint(const public_names *t, const char *text, uint16_t default_port,
			   endpoint *out);

#endif
