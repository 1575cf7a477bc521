/* SPDX-License-Identifier: MIT */
/* cmd_add.c - homeward-server add NAME */
#include "store/account.h"
#include "commands.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool read_request(const options *o, account_request *q, err *e)
{
	*q = (account_request){ .name = o->name, .address = o->address, .profile = o->output };
	if (o->expires && !registry_parse_date(o->expires, &q->expires_unix_s))
		return err_set(e, ERR_USAGE,
			       "--expires %.40s: expected a date as 2027-01-31 or "
			       "2027-01-31T12:00:00Z",
			       o->expires);
	return true;
}

static void report(const client_record *r, const char *profile)
{
	char a[ADDR_STRLEN];
	const ip_addr *address = r->conf.home4.len ? &r->conf.home4 : &r->conf.home6;

	printf("%s: address %s, profile %s\n", r->conf.nai,
	       address->len ? ip_format(address, a) : "dynamic", profile);
}

/* A daemon that can't take the client (its address was leased a moment ago) makes the add void. */
static bool add(const options *o, const server_conf *c, err *e)
{
	account_request q;
	client_record r;
	char profile[PATH_MAX];

	if (!read_request(o, &q, e) || !account_add(c, &q, &r, profile, e))
		return false;
	bool ok = cmd_notify(o, c, "load", r.name, e) != NOTIFIED_REFUSED;
	if (ok)
		report(&r, profile);
	else
		account_undo(c, &r, profile);
	client_record_wipe(&r);
	return ok;
}

bool cmd_add(const options *o, err *e)
{
	server_conf *c = cmd_load_conf(o, e);

	if (!c)
		return false;
	int lock = registry_prepare(c->state, e) ? account_lock(c->state, e) : -1;
	bool ok = lock >= 0 && add(o, c, e);
	if (lock >= 0)
		close(lock);
	server_conf_free(c);
	return ok;
}
