/* SPDX-License-Identifier: MIT */
#include "public_names.h"
#include "proto/mip.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const public_name *find(const public_names *t, const char *host)
{
	for (unsigned i = 0; i < t->n; i++)
		if (strcasecmp(t->list[i].host, host) == 0)
			return &t->list[i];
	return NULL;
}

static void add(public_names *t, const public_names *known, const char *text)
{
	char host[NAMES_HOST];
	endpoint at;

	if (!text || names_parse(text, MIP_PORT, &at, host) || find(t, host) ||
	    t->n == PUBLIC_NAMES)
		return;
	const public_name *was = find(known, host);
	public_name *to = &t->list[t->n++];
	if (was)
		*to = *was;
	snprintf(to->host, sizeof to->host, "%s", host);
}

void public_names_take(public_names *t, const server_conf *c)
{
	const public_names known = *t;

	*t = (public_names){ 0 };
	for (unsigned i = 0; i < c->n_publics; i++)
		add(t, &known, c->publics[i]);
	for (unsigned i = 0; i < c->n_relays; i++)
		add(t, &known, c->relays[i].public);
}

static bool is_among(const ip_addr *a, const ip_addr *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (ip_equal(a, &list[i]))
			return true;
	return false;
}

/* The same addresses in another order are no change: clients are not to be given another one each time. */
bool public_names_put(public_names *t, unsigned i, const dns_answer *found)
{
	public_name *to = &t->list[i];
	bool same = to->n == found->n;

	for (unsigned k = 0; same && k < found->n; k++)
		same = is_among(&found->at[k], to->at, to->n);
	if (found->n == 0 || same)
		return false;
	memcpy(to->at, found->at, found->n * sizeof *to->at);
	to->n = found->n;
	return true;
}

size_t public_names_find(const public_names *t, const char *text, ip_addr *out, size_t max)
{
	char host[NAMES_HOST];
	endpoint at;

	if (names_parse(text, MIP_PORT, &at, host)) {
		out[0] = at.addr;
		return 1;
	}
	const public_name *p = find(t, host);
	size_t n = !p ? 0 : p->n < max ? p->n : max;
	if (n)
		memcpy(out, p->at, n * sizeof *out);
	return n;
}

bool public_names_endpoint(const public_names *t, const char *text, uint16_t default_port,
			   endpoint *out)
{
	char host[NAMES_HOST];

	return names_parse(text, default_port, out, host) ||
	       public_names_find(t, text, &out->addr, 1) == 1;
}
