/* SPDX-License-Identifier: MIT */
#include "profile.h"
#include "base/conf_types.h"
#include "base/private.h"
#include "profile_path_values.h"
#include "profile_values.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(profile, field)

/* Setters that fill more than one field get the whole struct (offset 0). */
static const conf_key keys[] = {
	{ "identity", profile_identity, AT(identity), false },
	{ "address", profile_address4or6, 0, false },
	{ "address6", profile_address6, AT(address6), false },
	{ "key", profile_key, 0, false },
	{ "spi", profile_spi, AT(spi), false },
	{ "home", profile_home, 0, true },
	{ "relay", profile_relay, 0, true },
	{ "mux", profile_mux, 0, true },
	{ "mux_ca", conf_string, AT(mux_ca), false },
	{ "mux_certificate", conf_string, AT(mux_certificate), false },
	{ "mux_key", conf_string, AT(mux_key), false },
	{ "tls", profile_tls, AT(tls_carrier), false },
	{ "proxy", profile_proxy, AT(proxy), false },
	{ "interface", profile_interface, AT(interface), false },
	{ "routes", profile_routes, AT(routes), false },
	{ "local", conf_bool, AT(routes.local), false },
	{ "fail_closed", profile_fail_closed, AT(routes.fail), false },
	{ "table", profile_table, AT(routes.table), false },
	{ "priority", profile_priority, AT(routes.priority), false },
	{ "mark", profile_mark, AT(routes.mark), false },
	{ "paths", profile_paths, 0, false },
	{ "trust_relay", conf_bool, AT(trust_relay), false },
	{ "at_home", profile_at_home, AT(never_at_home), false },
	{ "network", profile_networks, 0, true },
	{ "home_lan", conf_address, AT(home_lan), false },
	{ "ciphers", profile_ciphers, AT(policy), false },
	{ "groups", profile_groups, AT(policy), false },
	{ "lifetime", profile_lifetime, AT(lifetime_s), false },
	{ "state", conf_string, AT(state), false },
	{ "user", conf_string, AT(user), false },
	{ "log", conf_log, AT(log), false },
};

static void *open_client(void *ctx, const char *name, err *e)
{
	(void)name, (void)e;
	return ctx;
}

static const conf_section sections[] = {
	{ "client", keys, sizeof keys / sizeof keys[0], open_client, true },
};

static void set_defaults(profile *p)
{
	enum { LIFETIME_S = 600, TABLE = 153, PRIORITY = 150, MARK = 153 };

	*p = (profile){
		.interface = "hw0",
		.routes = { .table = TABLE, .priority = PRIORITY, .mark = MARK },
		.trust_relay = true,
		.policy = sa_policy_default(),
		.lifetime_s = LIFETIME_S,
		.log = LOG_INFO,
	};
}

static bool check_complete(const char *file, const profile *p, err *e)
{
	const char *missing = !p->identity  ? "identity"
			      : !p->has_key ? "key"
			      : !p->spi     ? "spi"
			      : !p->n_homes && !p->n_relays && !p->n_muxes && !p->advertised
				      ? "home"
				      : NULL;

	return !missing || err_set(e, ERR_CONFIG, "%s: [client] '%s' is missing", file, missing);
}

static bool check_paired(const char *file, const profile *p, err *e)
{
	return !p->mux_certificate == !p->mux_key ||
	       err_set(e, ERR_CONFIG, "%s: [client] mux_certificate and mux_key go together", file);
}

static bool check_local(const char *file, const profile *p, err *e)
{
	return !p->routes.local || p->routes.mode == ROUTES_ALL ||
	       err_set(e, ERR_CONFIG, "%s: [client] local = yes goes with routes = all", file);
}

bool profile_load(const char *file, profile *out, err *e)
{
	file_access access;

	set_defaults(out);
	if (conf_load_access(file, sections, 1, out, &access, e) &&
	    private_check(file, &access, out->user, e) && check_complete(file, out, e) &&
	    check_paired(file, out, e) && check_local(file, out, e))
		return true;
	profile_free(out);
	return false;
}

void profile_free(profile *p)
{
	free(p->identity);
	free(p->mux_ca);
	free(p->mux_certificate);
	free(p->mux_key);
	free(p->paths);
	free(p->state);
	free(p->user);
	explicit_bzero(p, sizeof *p);
}
