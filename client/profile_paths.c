/* SPDX-License-Identifier: MIT */
#include "profile_paths.h"

#include <string.h>

enum { HTTP_PORT = 80 };

unsigned profile_kinds(const profile *p, client_path_kind out[PATH_N_KINDS])
{
	static const client_path_kind all[PATH_N_KINDS] = { PATH_DIRECT, PATH_RELAY, PATH_HTTPS,
							    PATH_HTTP };
	const client_path_kind *list = p->n_kinds ? p->kinds : all;
	unsigned n_list = p->n_kinds ? p->n_kinds : PATH_N_KINDS, n = 0;

	for (unsigned i = 0; i < n_list; i++)
		if (list[i] != PATH_RELAY || p->trust_relay)
			out[n++] = list[i];
	return n;
}

static bool is_kind_allowed(const profile *p, client_path_kind k)
{
	client_path_kind kinds[PATH_N_KINDS];
	unsigned n = profile_kinds(p, kinds);

	for (unsigned i = 0; i < n; i++)
		if (kinds[i] == k)
			return true;
	return false;
}

static unsigned add_carrier(const profile *p, const mux_name *m, client_path_kind k, uint16_t port,
			    profile_carrier out[CLIENT_MUXES], unsigned n)
{
	bool trusted = p->trust_relay || strcmp(m->target, "home") == 0;

	if (!trusted || !is_kind_allowed(p, k) || n == CLIENT_MUXES)
		return n;
	out[n] = (profile_carrier){ m, k, port };
	return n + 1;
}

unsigned profile_carriers(const profile *p, profile_carrier out[CLIENT_MUXES])
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_muxes; i++) {
		const mux_name *m = &p->muxes[i];
		n = add_carrier(p, m, m->https ? PATH_HTTPS : PATH_HTTP, m->at.port, out, n);
		if (m->https && !m->own_port)
			n = add_carrier(p, m, PATH_HTTP, HTTP_PORT, out, n);
	}
	return n;
}

bool profile_reachable(const char *file, const profile *p, err *e)
{
	client_path_kind kinds[PATH_N_KINDS];
	profile_carrier carriers[CLIENT_MUXES];
	bool direct = is_kind_allowed(p, PATH_DIRECT) && p->n_homes;
	bool relay = is_kind_allowed(p, PATH_RELAY) && (p->n_relays || p->advertised || p->n_homes);

	if (profile_kinds(p, kinds) == 0)
		return err_set(e, ERR_CONFIG,
			       "%s: paths = %.60s and trust_relay = no leave no path at all", file,
			       p->paths);
	if (direct || relay || profile_carriers(p, carriers))
		return true;
	return err_set(
		e, ERR_CONFIG,
		"%s: none of the paths that the profile allows has an address: add home = ADDRESS, "
		"relay = ADDRESS or "
		"mux = https://HOST/TARGET",
		file);
}

tls_ctx *profile_tls_ctx(const profile *p, err *e)
{
	const tls_client_conf c = { .ca = p->mux_ca,
				    .carrier = p->tls_carrier,
				    .certificate = p->mux_certificate,
				    .key = p->mux_key,
				    .user = p->user };

	return tls_client_new(&c, e);
}
