/* SPDX-License-Identifier: MIT */
#include "resolve_job.h"
#include "io/net/dns_ask.h"

#include <netdb.h>
#include <string.h>

_Static_assert((int)NAME_ADDRESSES == (int)RESOLVE_ADDRESSES, "names.h, resolve.h");
_Static_assert((int)NAME_ADDRESSES == (int)DNS_ASK_ADDRESSES, "names.h, dns_ask.h");

static unsigned by_library(const char *host, int flags, endpoint to[NAME_ADDRESSES])
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = flags };
	struct addrinfo *found = NULL;
	unsigned n = 0;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return 0;
	for (const struct addrinfo *a = found; a && n < NAME_ADDRESSES; a = a->ai_next)
		n += endpoint_from_sockaddr(a->ai_addr, &to[n]);
	freeaddrinfo(found);
	return n;
}

static unsigned by_system(const char *host, ip_addr out[NAME_ADDRESSES])
{
	endpoint at[NAME_ADDRESSES];
	unsigned n = by_library(host, 0, at);

	for (unsigned i = 0; i < n; i++)
		out[i] = at[i].addr;
	return n;
}

/* When no server answers about one name, none will about the next, and each would take seconds. */
static unsigned ask(resolve_job *j, const char *host, ip_addr out[NAME_ADDRESSES])
{
	const dns_ask_conf c = { .uplinks = j->uplinks, .n_uplinks = j->n_uplinks };
	unsigned n = 0;

	if (j->silent || dns_ask(&c, host, out, &n) != DNS_SILENT)
		return n;
	n = j->by_system ? by_system(host, out) : 0;
	j->silent = n == 0;
	return n;
}

static unsigned look_up_name(resolve_job *j, const char *host, endpoint to[NAME_ADDRESSES],
			     bool may_ask)
{
	ip_addr found[NAME_ADDRESSES];
	unsigned n = may_ask ? ask(j, host, found) : 0;

	if (n)
		j->changed |= names_put(&j->known, host, found, n);
	else
		j->out.complete = false;
	const known_name *k = names_find(&j->known, host);
	for (unsigned i = 0; k && i < k->n; i++)
		to[i] = (endpoint){ .addr = k->at[i] };
	return k ? k->n : 0;
}

/* Up to max addresses, at the name's port. */
static unsigned look_up(resolve_job *j, const host_port *name, endpoint *to, unsigned max,
			bool may_ask)
{
	endpoint found[NAME_ADDRESSES];
	unsigned n = name->literal ? by_library(name->host, AI_NUMERICHOST, found)
				   : look_up_name(j, name->host, found, may_ask);

	if (n > max)
		n = max;
	for (unsigned i = 0; i < n; i++) {
		to[i] = found[i];
		to[i].port = name->port;
	}
	return n;
}

bool resolve_keep(const endpoint *found, unsigned n, endpoint *known)
{
	if (n == 0)
		return known->addr.len != 0;
	for (unsigned i = 0; i < n; i++)
		if (found[0].addr.len == known->addr.len && endpoint_equal(&found[i], known))
			return true;
	*known = found[0];
	return true;
}

static void look_up_relay(resolve_job *j, unsigned i, bool may_ask)
{
	resolution *o = &j->out;
	endpoint found[NAME_ADDRESSES];
	reg_relay *r = &o->relays[o->n_relays];
	unsigned n = look_up(j, &j->relays[i].at, found, NAME_ADDRESSES, may_ask);

	if (!resolve_keep(found, n, &j->relays_at[i]))
		return;
	r->at = j->relays_at[i];
	memcpy(r->name, j->relays[i].name, sizeof r->name);
	o->n_relays++;
}

static void look_up_list(resolve_job *j, const host_port *names, unsigned n, resolved_name *to,
			 bool may_ask)
{
	for (unsigned i = 0; i < n; i++)
		to[i].n = *names[i].host
				  ? look_up(j, &names[i], to[i].at, RESOLVE_ADDRESSES, may_ask)
				  : 0;
}

void resolve_job_run(resolve_job *j, bool may_ask)
{
	resolution *o = &j->out;

	*o = (resolution){ .complete = true, .asked = may_ask };
	j->silent = false;
	for (unsigned i = 0; i < j->n_homes; i++)
		o->n_homes += look_up(j, &j->homes[i], &o->homes[o->n_homes],
				      CLIENT_HOMES - o->n_homes, may_ask);
	for (unsigned i = 0; i < j->n_relays; i++)
		look_up_relay(j, i, may_ask);
	look_up_list(j, j->muxes, j->n_muxes, o->muxes, may_ask);
	look_up_list(j, j->proxies, PROXY_NAMES, o->proxies, may_ask);
}

void resolve_job_take(resolve_job *j, const profile *p, const proxy_list *proxies)
{
	memcpy(j->homes, p->homes, sizeof j->homes);
	j->n_homes = p->n_homes;
	memcpy(j->relays, p->relays, sizeof j->relays);
	j->n_relays = p->n_relays;
	for (unsigned i = 0; i < p->n_muxes; i++)
		j->muxes[i] = p->muxes[i].at;
	j->n_muxes = p->n_muxes;
	memcpy(j->proxies, proxies->names, sizeof j->proxies);
	j->by_system = p->routes.mode != ROUTES_ALL;
}

/* By number, all of them in their order; NULL: there are no more. host "": no name. */
static const host_port *name_at(const resolve_job *j, unsigned i)
{
	if (i < j->n_homes)
		return &j->homes[i];
	i -= j->n_homes;
	if (i < j->n_relays)
		return &j->relays[i].at;
	i -= j->n_relays;
	if (i < j->n_muxes)
		return &j->muxes[i];
	i -= j->n_muxes;
	return i < PROXY_NAMES ? &j->proxies[i] : NULL;
}

bool resolve_job_has_names(const resolve_job *j)
{
	const host_port *name;
	bool names = j->n_muxes >
		     0; /* their addresses are handed over by the resolver, literal or not */

	for (unsigned i = 0; i < PROXY_NAMES; i++)
		names |= *j->proxies[i].host != 0;
	for (unsigned i = 0; (name = name_at(j, i)); i++)
		names |= *name->host && !name->literal;
	return names;
}

void resolve_job_know(resolve_job *j, const known_names *from)
{
	const host_port *name;

	for (unsigned i = 0; (name = name_at(j, i)); i++) {
		const known_name *k = *name->host ? names_find(from, name->host) : NULL;
		if (k && !name->literal)
			names_put(&j->known, k->host, k->at, k->n);
	}
}
