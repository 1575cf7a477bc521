/* SPDX-License-Identifier: MIT */
/* cmd_check.c - homeward-server check: each report_mistake on one line, and what `run` would do. */
#include "commands.h"
#include "names.h"
#include "store/registry.h"
#include "store/state_store.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

typedef struct examination {
	const server_conf *c;
	state_store *store; /* NULL: none yet */
	unsigned errors, clients;
} examination;

static void report_mistake(examination *x, const char *what)
{
	x->errors++;
	fprintf(stderr, "homeward-server: %s\n", what);
}

static bool is_within(const ip_prefix *n, const ip_addr *a)
{
	return !a->len || (n->addr.len && prefix_contains(n, a));
}

static bool check_client(void *ctx, const client_record *r)
{
	examination *x = ctx;
	home_client_state st;
	bool damaged = false;
	err e;

	x->clients++;
	if (!is_within(&x->c->network4, &r->conf.home4) ||
	    !is_within(&x->c->network6, &r->conf.home6)) {
		err_set(&e, ERR_CONFIG, "%s: its address is outside the home network", r->conf.nai);
		report_mistake(x, e.text);
	}
	if (!x->store || !state_load(x->store, r->slot, r->conf.id, &st, &damaged)) {
		err_set(&e, ERR_CONFIG, "%s: has no slot in replay.db: remove it and add it again",
			r->conf.nai);
		report_mistake(x, e.text);
	} else if (damaged) {
		printf("%s: its state is damaged; `run` refuses replays from before its start\n",
		       r->conf.nai);
	}
	return true;
}

static void bad_client(void *ctx, const err *why)
{
	report_mistake(ctx, why->text);
}

static void check_state(examination *x)
{
	char path[PATH_MAX];
	const registry_visit v = { x, check_client, bad_client };
	err e;

	if (access(x->c->state, F_OK) != 0) {
		printf("state in %s: none yet, `run` makes it\n", x->c->state);
		return;
	}
	if (access(x->c->state, R_OK | W_OK | X_OK) != 0) {
		err_sys(&e, errno, "%s", x->c->state);
		report_mistake(x, e.text);
		return;
	}
	snprintf(path, sizeof path, "%s/replay.db", x->c->state);
	if (access(path, F_OK) == 0 && !(x->store = state_open(path, false, &e)))
		report_mistake(x, e.text);
	snprintf(path, sizeof path, "%s/clients", x->c->state);
	if (access(path, F_OK) == 0 && !registry_each(x->c->state, &v, &e))
		report_mistake(x, e.text);
	state_close(x->store);
	printf("state in %s: %u clients\n", x->c->state, x->clients);
}

static void check_lan(examination *x)
{
	const server_conf *c = x->c;
	char a[ADDR_STRLEN];
	ip_addr lan;
	err e;

	if (!c->lan) {
		printf("no home link: the home network is routed into %s\n", c->interface);
		return;
	}
	if (!if_nametoindex(c->lan)) {
		err_set(&e, ERR_CONFIG, "%s: lan = %s: there is no such link", c->file, c->lan);
		report_mistake(x, e.text);
	} else if (names_own_within(c->lan, &c->network4, &lan) ||
		   names_own_within(c->lan, &c->network6, &lan)) {
		printf("home link %s, this server there: %s\n", c->lan, ip_format(&lan, a));
	} else {
		printf("home link %s: this server has no address of the home network there; "
		       "clients "
		       "at home won't be recognised\n",
		       c->lan);
	}
}

static void check_publics(const server_conf *c)
{
	ip_addr a[4];

	for (unsigned i = 0; i < c->n_publics; i++)
		printf("address given to clients: %s%s\n", c->publics[i],
		       names_look_up(c->publics[i], a, 4) ? "" : " (no address is known for it)");
}

static void check_addresses(const server_conf *c)
{
	char n4[ENDPOINT_STRLEN] = "", n6[ENDPOINT_STRLEN] = "", first[ADDR_STRLEN],
	     last[ADDR_STRLEN];
	uint64_t from, to;

	if (c->network6.addr.len)
		prefix_format(&c->network6, n6);
	printf("realm %s, home network %s %s\n", c->realm,
	       c->network4.addr.len ? prefix_format(&c->network4, n4) : "", n6);
	if (!c->network4.addr.len)
		return;
	server_conf_pool(c, &from, &to);
	ip_addr a = c->network4.addr, b = a;
	store_be32(a.b, load_be32(a.b) + (uint32_t)from);
	store_be32(b.b, load_be32(b.b) + (uint32_t)to);
	printf("addresses to assign: %s to %s\n", ip_format(&a, first), ip_format(&b, last));
}

static void check_relays(const server_conf *c)
{
	char a[ADDR_STRLEN];
	ip_addr at;

	for (unsigned i = 0; i < c->n_relays; i++) {
		const char *public = c->relays[i].public;
		printf("relay %s at %s, address given to clients: %s%s\n", c->relays[i].name,
		       ip_format(&c->relays[i].address, a),
		       public ? public : "nothing (public is missing)",
		       !public || names_look_up(public, &at, 1) ? ""
								: " (no address is known for it)");
	}
}

bool cmd_check(const options *o, err *e)
{
	server_conf *c = cmd_load_conf(o, e);
	examination x = { .c = c };

	if (!c)
		return false;
	check_addresses(x.c);
	check_lan(&x);
	check_publics(x.c);
	check_state(&x);
	if (x.c->metrics.addr.len)
		printf("metrics: accepted, not served by this version\n");
	check_relays(x.c);
	if (!x.errors)
		printf("nothing wrong\n");
	server_conf_free(c);
	return x.errors == 0;
}
