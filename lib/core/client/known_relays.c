/* SPDX-License-Identifier: MIT */
#include "core/client/known_relays.h"

void client_known_relays_init(client_known_relays *k, const client_conf *conf,
			      const client_saved *saved)
{
	*k = (client_known_relays){ .n_of_profile = conf->n_relays, .n_of_home = saved->n_relays };
	memcpy(k->of_profile, conf->relays, sizeof k->of_profile);
	memcpy(k->of_home, saved->relays, sizeof k->of_home);
}

void client_known_relays_save(const client_known_relays *k, client_saved *out)
{
	memcpy(out->relays, k->of_home, sizeof out->relays);
	out->n_relays = k->n_of_home;
}

void client_known_relays_set_profile(client_known_relays *k, const reg_relay *relays, unsigned n)
{
	k->n_of_profile = n < CLIENT_RELAYS ? n : CLIENT_RELAYS;
	memcpy(k->of_profile, relays, k->n_of_profile * sizeof *relays);
}

static bool has_relays_of(const client_known_relays *k, const reg_reply *r)
{
	bool same = k->n_of_home == r->n_relays;

	for (unsigned i = 0; same && i < k->n_of_home; i++)
		same = endpoint_equal(&k->of_home[i].at, &r->relays[i].at) &&
		       strcmp(k->of_home[i].name, r->relays[i].name) == 0;
	return same;
}

bool client_known_relays_learn(client_known_relays *k, const reg_reply *r)
{
	if (r->n_relays == 0 || has_relays_of(k, r))
		return false;
	k->n_of_home = r->n_relays;
	memcpy(k->of_home, r->relays, sizeof k->of_home);
	return true;
}

static reg_relay *find_relay(reg_relay *list, unsigned n, const endpoint *at)
{
	for (unsigned i = 0; i < n; i++)
		if (endpoint_equal(&list[i].at, at))
			return &list[i];
	return NULL;
}

/* Those of `more` that are new go to the end of the list; names that were missing are filled in. */
static unsigned merge(reg_relay list[CLIENT_RELAYS], unsigned n, const reg_relay *more,
		      unsigned n_more)
{
	for (unsigned i = 0; i < n_more; i++) {
		reg_relay *same = find_relay(list, n, &more[i].at);
		if (same && !*same->name)
			*same = more[i];
		else if (!same && n < CLIENT_RELAYS)
			list[n++] = more[i];
	}
	return n;
}

unsigned client_known_relays_list(const client_known_relays *k, reg_relay list[CLIENT_RELAYS])
{
	unsigned n = merge(list, 0, k->of_profile, k->n_of_profile);

	return merge(list, n, k->of_home, k->n_of_home);
}
