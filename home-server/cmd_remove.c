/* SPDX-License-Identifier: MIT */
/* cmd_remove.c - homeward-server remove NAME */
#include "store/account.h"
#include "commands.h"

#include <stdio.h>
#include <unistd.h>

/* Its slot is released only when no daemon writes to it any more. */
static bool remove_client(const options *o, const server_conf *c, err *e)
{
	char name[CLIENT_NAME_MAX + 1];
	client_record was;

	if (!account_name(c, o->name, name, e) || !account_remove(c, name, &was, e))
		return false;
	bool ok = cmd_notify(o, c, "unload", name, e) != NOTIFIED_REFUSED;
	if (ok) {
		account_release_slot(c, &was);
		printf("%s@%s removed\n", name, c->realm);
	} else {
		err_prefix(e, "removed from the registry, but");
	}
	client_record_wipe(&was);
	return ok;
}

bool cmd_remove(const options *o, err *e)
{
	server_conf *c = cmd_load_conf(o, e);

	if (!c)
		return false;
	int lock = account_lock(c->state, e);
	bool ok = lock >= 0 && remove_client(o, c, e);
	if (lock >= 0)
		close(lock);
	server_conf_free(c);
	return ok;
}
