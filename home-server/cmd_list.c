/* SPDX-License-Identifier: MIT */
/* cmd_list.c - homeward-server list: the clients there are, registered or not. */
#include "commands.h"
#include "store/registry.h"

#include <jansson.h>
#include <stdio.h>

static const char *format_address(const ip_addr *a, char out[ADDR_STRLEN])
{
	return a->len ? ip_format(a, out) : NULL;
}

static bool append_json(void *ctx, const client_record *r)
{
	char a4[ADDR_STRLEN], a6[ADDR_STRLEN], date[32];
	uint64_t expires = r->conf.expires_unix_s;

	json_array_append_new(ctx,
			      json_pack("{s:s,s:s,s:s?,s:s?,s:s?}", "name", r->name, "identity",
					r->conf.nai, "address", format_address(&r->conf.home4, a4),
					"address6", format_address(&r->conf.home6, a6), "expires",
					expires ? registry_format_date(expires, date) : NULL));
	return true;
}

static bool print_line(void *ctx, const client_record *r)
{
	char a[ADDR_STRLEN], date[32];
	const ip_addr *address = r->conf.home4.len ? &r->conf.home4 : &r->conf.home6;
	uint64_t expires = r->conf.expires_unix_s;

	(void)ctx;
	printf("%-32s %-20s %s\n", r->conf.nai, address->len ? ip_format(address, a) : "dynamic",
	       expires ? registry_format_date(expires, date) : "never expires");
	return true;
}

static void print_bad(void *ctx, const err *why)
{
	(void)ctx;
	fprintf(stderr, "homeward-server: %s\n", why->text);
}

bool cmd_list(const options *o, err *e)
{
	server_conf *c = cmd_load_conf(o, e);

	if (!c)
		return false;
	json_t *array = json_array();
	const registry_visit v = { array, o->show.json ? append_json : print_line, print_bad };
	bool ok = registry_prepare(c->state, e) && registry_each(c->state, &v, e);
	if (ok && o->show.json)
		show_json(array);
	json_decref(array);
	server_conf_free(c);
	return ok;
}
