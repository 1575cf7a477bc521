/* SPDX-License-Identifier: MIT */
/* cmd_add_relay.c - homeward-server add-relay NAME --address A --public P */
#include "store/account.h"
#include "commands.h"
#include "conf_values.h"
#include "names.h"
#include "relay_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the relay is to send to: --home, else the address we have towards it. */
static bool find_home_address(const options *o, const server_conf *c, relay_request *q, err *e)
{
	ip_addr a[4];

	if (o->home)
		return (ip_parse(o->home, &q->home) && q->home.len == 4) ||
		       err_set(e, ERR_USAGE, "--home %.60s: expected an IPv4 address", o->home);
	if (names_own_towards(&q->address, &q->home) ||
	    (c->lan && names_own_within(c->lan, &c->network4, &q->home)))
		return true;
	for (unsigned i = 0; i < c->n_publics; i++)
		if (names_look_up(c->publics[i], a, 4) && a[0].len == 4) {
			q->home = a[0];
			return true;
		}
	return err_set(e, ERR_USAGE,
		       "this server's address towards the relay is not known: give it with --home");
}

static bool read_request(const options *o, const server_conf *c, relay_request *q, char *file,
			 err *e)
{
	char *public = NULL;

	*q = (relay_request){ .name = o->name, .file = file };
	if (!conf_is_name(q->name))
		return err_set(e, ERR_USAGE,
			       "'%.80s' can't be a relay's name: 1 to %d letters, digits, '.', '_' "
			       "and '-'",
			       q->name, CONF_NAME_MAX);
	if (!ip_parse(o->address, &q->address) || q->address.len != 4 || ip_is_any(&q->address))
		return err_set(e, ERR_USAGE,
			       "--address %.60s: expected the relay's IPv4 address towards this "
			       "server",
			       o->address);
	if (!value_relay_public(o->publics.at[0], &public, e))
		return err_prefix(e, "--public");
	free(public);
	q->public = o->publics.at[0];
	int n = snprintf(file, PATH_MAX, "%s%s", o->output ? o->output : q->name,
			 o->output ? "" : ".conf");
	if (n >= PATH_MAX)
		return err_set(e, ERR_USAGE, "-o: the path is too long");
	return find_home_address(o, c, q, e);
}

static void report(const relay_request *q, notified how)
{
	char address[ADDR_STRLEN], home[ADDR_STRLEN];

	ip_format(&q->address, address);
	ip_format(&q->home, home);
	printf("%s: its configuration is in %s\n", q->name, q->file);
	printf("next: copy that file to the relay as /etc/homeward/relay.conf (mode 0600), start "
	       "homeward-relay there,\n"
	       "      and let IP protocol 4 pass between %s and %s, UDP 434 and 4500 from outside "
	       "to %s\n",
	       address, home, q->public);
	if (how == NOTIFIED)
		printf("the running server admits it already\n");
}

static bool add_relay(const options *o, const server_conf *c, err *e)
{
	relay_request q;
	char file[PATH_MAX];

	if (!read_request(o, c, &q, file, e) || !relay_add(c, &q, e))
		return false;
	notified how = cmd_notify(o, c, "reload", q.name, e);
	report(&q, how);
	if (how == NOTIFIED_REFUSED)
		printf("the running server has not taken it (%s): restart it\n", e->text);
	return true;
}

/* Another command may have changed the configuration before the lock was ours: it is read again. */
static bool add_locked(const options *o, err *e)
{
	server_conf *c = cmd_load_conf(o, e);
	bool ok = c && add_relay(o, c, e);

	server_conf_free(c);
	return ok;
}

bool cmd_add_relay(const options *o, err *e)
{
	server_conf *c = cmd_load_conf(o, e);

	if (!c)
		return false;
	int lock = registry_prepare(c->state, e) ? account_lock(c->state, e) : -1;
	server_conf_free(c);
	if (lock < 0)
		return false;
	bool ok = add_locked(o, e);
	close(lock);
	return ok;
}
