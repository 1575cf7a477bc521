/* SPDX-License-Identifier: MIT */
#include "profile_core.h"
#include "profile_paths.h"

#include <string.h>

static void fill_homes(const profile *p, client_conf *out)
{
	for (unsigned i = 0; i < p->n_homes; i++) {
		endpoint *to = &out->homes[out->n_homes];
		if (!p->homes[i].literal || out->n_homes == CLIENT_HOMES)
			continue;
		*to = (endpoint){ .port = p->homes[i].port };
		if (ip_parse(p->homes[i].host, &to->addr))
			out->n_homes++;
	}
}

static void fill_relays(const profile *p, client_conf *out)
{
	for (unsigned i = 0; i < p->n_relays; i++) {
		reg_relay *to = &out->relays[out->n_relays];
		if (!p->relays[i].at.literal)
			continue;
		*to = (reg_relay){ .at = { .port = p->relays[i].at.port } };
		memcpy(to->name, p->relays[i].name, sizeof to->name);
		if (ip_parse(p->relays[i].at.host, &to->at.addr))
			out->n_relays++;
	}
}

static void fill_muxes(const profile *p, client_conf *out)
{
	profile_carrier list[CLIENT_MUXES];

	out->n_muxes = profile_carriers(p, list);
	for (unsigned i = 0; i < out->n_muxes; i++) {
		out->muxes[i].kind = list[i].kind;
		memcpy(out->muxes[i].agent, list[i].mux->target, sizeof out->muxes[i].agent);
	}
}

void profile_core_conf(const profile *p, client_conf *out)
{
	bool ask = !p->address.len && !p->address6.len;

	*out = (client_conf){
		.spi = p->spi,
		.home4 = p->address,
		.home6 = p->address6,
		.want4 = ask && (p->network4.addr.len || !p->network6.addr.len),
		.want6 = ask && p->network6.addr.len,
		.network4 = p->network4,
		.network6 = p->network6,
		.home_lan = p->home_lan,
		.lifetime_s = p->lifetime_s,
		.policy = p->policy,
		.prefer_advertised = p->advertised,
		.never_at_home = p->never_at_home,
	};
	strncpy(out->nai, p->identity, NAI_MAX);
	memcpy(out->key0, p->key, KEY0_LEN);
	fill_homes(p, out);
	fill_relays(p, out);
	fill_muxes(p, out);
	out->n_kinds = (uint8_t)profile_kinds(p, out->kinds);
}
