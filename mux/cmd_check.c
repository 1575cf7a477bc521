/* SPDX-License-Identifier: MIT */
/* cmd_check.c - homeward-mux check: what is wrong, and what `run` would do. */
#include "capacity.h"
#include "conf.h"
#include "options.h"
#include "tls_conf.h"

#include <inttypes.h>
#include <stdio.h>

static void print_limit(const char *what, unsigned n)
{
	if (n)
		printf("at most %u %s\n", n, what);
	else
		printf("any number of %s\n", what);
}

static void print_effects(const mux_file *c)
{
	char at[ENDPOINT_STRLEN];

	for (unsigned i = 0; i < c->n_listens; i++)
		printf("listens on %s://%s\n", listen_kind_name(c->listens[i].kind),
		       endpoint_format(&c->listens[i].at, at));
	if (c->client_ca)
		printf("clients by https must show a certificate of %s\n", c->client_ca);
	for (unsigned i = 0; i < c->core.n_targets; i++)
		printf("target %s: UDP to %s\n", c->core.targets[i].name,
		       endpoint_format(&c->core.targets[i].at, at));
	for (unsigned i = 0; i < c->core.n_proxies; i++)
		printf("takes the client's address from the proxy %s\n",
		       prefix_format(&c->core.proxies[i], at));
	print_limit("connections from one source", c->core.limits.connections);
	print_limit("tunnels from one source", c->core.limits.tunnels);
	print_limit("unanswered datagrams from one source",
		    c->core.limits.send.source.rate ? c->core.limits.send.source.burst : 0);
	print_limit("connections in all", c->core.room.connections);
	print_limit("tunnels in all", c->core.room.tunnels);
	print_limit("MiB of memory for them", (unsigned)(c->core.room.memory >> 20));
	printf("a tunnel ends after %" PRIu64 " s without traffic from its client\n",
	       c->core.idle_ms / 1000);
}

bool cmd_check(const options *o, err *e)
{
	const logger log = log_to_stderr(LOG_WARN);
	const mux_room_limits room = capacity_of_system();
	mux_file *c = mux_file_load(o->config, &room, e);

	if (!c)
		return false;
	print_effects(c);
	tls_ctx *t = tls_conf_load(c, &log, e);
	mux_file_free(c);
	tls_ctx_free(t);
	if (e->kind != ERR_NONE)
		return false;
	printf("nothing wrong\n");
	return true;
}
