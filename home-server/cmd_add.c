/* SPDX-License-Identifier: MIT */
/* cmd_add.c - homeward-server add NAME */
#include "store/account.h"
#include "commands.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool request_of(const options *o, account_request *q, err *e)
{
	*q = (account_request){ .name = o->operands[0],
				.address = o->address,
				.profile = o->output };
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

	if (!request_of(o, &q, e) || !account_add(c, &q, &r, profile, e))
		return false;
	bool ok = cmd_tell(o, c, "load", r.name, e) != TOLD_REFUSED;
	if (ok)
		report(&r, profile);
	else
		account_undo(c, &r, profile);
	client_record_wipe(&r);
	return ok;
}

int cmd_add(const options *o)
{
	server_conf *c = cmd_conf(o);
	err e = { 0 };

	if (!c)
		return EXIT_FAILED;
	int lock = registry_prepare(c->state, &e) ? account_lock(c->state, &e) : -1;
	int status = lock >= 0 && add(o, c, &e) ? EXIT_OK : cmd_failed(&e);
	if (lock >= 0)
		close(lock);
	server_conf_free(c);
	return status;
}
