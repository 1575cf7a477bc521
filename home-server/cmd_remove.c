/* SPDX-License-Identifier: MIT */
/* cmd_remove.c - homeward-server remove NAME */
#include "store/account.h"
#include "commands.h"

#include <stdio.h>
#include <unistd.h>

/* Its slot is given back only when nobody writes to it any more. */
static bool remove_client(const options *o, const server_conf *c, err *e)
{
	char name[CLIENT_NAME_MAX + 1];
	client_record was;

	if (!account_name(c, o->operands[0], name, e) || !account_remove(c, name, &was, e))
		return false;
	bool ok = cmd_tell(o, c, "unload", name, e) != TOLD_REFUSED;
	if (ok) {
		account_release_slot(c, &was);
		printf("%s@%s removed\n", name, c->realm);
	} else {
		err_prefix(e, "removed from the registry, but");
	}
	client_record_wipe(&was);
	return ok;
}

int cmd_remove(const options *o)
{
	server_conf *c = cmd_conf(o);
	err e = { 0 };

	if (!c)
		return EXIT_FAILED;
	int lock = account_lock(c->state, &e);
	int status = lock >= 0 && remove_client(o, c, &e) ? EXIT_OK : cmd_failed(&e);
	if (lock >= 0)
		close(lock);
	server_conf_free(c);
	return status;
}
