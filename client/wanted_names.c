/* SPDX-License-Identifier: MIT */
#include "wanted_names.h"

#include <string.h>
#include <strings.h>

_Static_assert((int)NAME_ADDRESSES == (int)RESOLVE_ADDRESSES, "names.h, resolve.h");

void wanted_names_take(wanted_names *w, const profile *p, const proxy_list *proxies)
{
	memcpy(w->homes, p->homes, sizeof w->homes);
	w->n_homes = p->n_homes;
	memcpy(w->relays, p->relays, sizeof w->relays);
	w->n_relays = p->n_relays;
	for (unsigned i = 0; i < p->n_muxes; i++)
		w->muxes[i] = p->muxes[i].at;
	w->n_muxes = p->n_muxes;
	memcpy(w->proxies, proxies->names, sizeof w->proxies);
}

/* By number, all of them in their order; NULL: there are no more. host "": no name. */
static const host_port *name_at(const wanted_names *w, unsigned i)
{
	if (i < w->n_homes)
		return &w->homes[i];
	i -= w->n_homes;
	if (i < w->n_relays)
		return &w->relays[i].at;
	i -= w->n_relays;
	if (i < w->n_muxes)
		return &w->muxes[i];
	i -= w->n_muxes;
	return i < PROXY_NAMES ? &w->proxies[i] : NULL;
}

bool wanted_names_any(const wanted_names *w)
{
	const char *list[NAMES_MAX];
	bool any =
		w->n_muxes > 0; /* their addresses are handed over as names' are, literal or not */

	for (unsigned i = 0; i < PROXY_NAMES; i++)
		any |= *w->proxies[i].host != 0;
	return any || wanted_names_list(w, list) > 0;
}

static bool is_listed(const char *host, const char *const *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (strcasecmp(list[i], host) == 0)
			return true;
	return false;
}

unsigned wanted_names_list(const wanted_names *w, const char *out[NAMES_MAX])
{
	const host_port *name;
	unsigned n = 0;

	for (unsigned i = 0; (name = name_at(w, i)); i++)
		if (*name->host && !name->literal && !is_listed(name->host, out, n))
			out[n++] = name->host;
	return n;
}

void wanted_names_know(wanted_names *w, const known_names *from)
{
	const char *list[NAMES_MAX];
	unsigned n = wanted_names_list(w, list);

	for (unsigned i = 0; i < n; i++) {
		const known_name *k = names_find(from, list[i]);
		if (k)
			names_put(&w->known, k->host, k->at, k->n);
	}
}

/* Up to max addresses, at the name's port. */
static unsigned find(const wanted_names *w, const host_port *name, endpoint *to, unsigned max)
{
	const known_name *k = name->literal ? NULL : names_find(&w->known, name->host);
	unsigned n = k ? k->n : 0;

	if (n > max)
		n = max;
	for (unsigned i = 0; i < n; i++)
		to[i] = (endpoint){ .addr = k->at[i], .port = name->port };
	if (!name->literal || max == 0)
		return n;
	to[0] = (endpoint){ .port = name->port };
	return ip_parse(name->host, &to[0].addr);
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

static void find_relay(wanted_names *w, unsigned i, resolution *out)
{
	endpoint found[NAME_ADDRESSES];
	reg_relay *r = &out->relays[out->n_relays];
	unsigned n = find(w, &w->relays[i].at, found, NAME_ADDRESSES);

	if (!resolve_keep(found, n, &w->relays_at[i]))
		return;
	r->at = w->relays_at[i];
	memcpy(r->name, w->relays[i].name, sizeof r->name);
	out->n_relays++;
}

static void find_list(const wanted_names *w, const host_port *names, unsigned n, resolved_name *to)
{
	for (unsigned i = 0; i < n; i++)
		to[i].n = *names[i].host ? find(w, &names[i], to[i].at, RESOLVE_ADDRESSES) : 0;
}

void wanted_names_resolve(wanted_names *w, resolution *out)
{
	*out = (resolution){ 0 };
	for (unsigned i = 0; i < w->n_homes; i++)
		out->n_homes += find(w, &w->homes[i], &out->homes[out->n_homes],
				     CLIENT_HOMES - out->n_homes);
	for (unsigned i = 0; i < w->n_relays; i++)
		find_relay(w, i, out);
	find_list(w, w->muxes, w->n_muxes, out->muxes);
	find_list(w, w->proxies, PROXY_NAMES, out->proxies);
}
