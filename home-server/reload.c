/* SPDX-License-Identifier: MIT */
#include "reload.h"
#include "conf_change.h"

/* All that can fail; NULL: nothing was changed. */
static server_conf *prepare(const reload *r, err *e)
{
	const server_conf *now = r->settings->conf;
	server_conf *next = server_conf_load(now->file, e);
	const char *key = next ? server_conf_find_fixed_change(now, next) : NULL;

	if (key)
		err_set(e, ERR_CONFIG, "%s: %s can't change while running: restart", now->file,
			key);
	if (next && !key && sockets_open_ipip(r->sockets, next, e) &&
	    datapath_watch_ipip(r->data, e))
		return next;
	server_conf_free(next);
	return NULL;
}

/* Links with relays are reset when one of them changed, which relays notice within a second; clients'
 * packets go on meanwhile. */
static void take_over(const reload *r, server_conf *next)
{
	bool same = server_conf_has_same_relays(r->settings->conf, next);

	settings_replace(r->settings, next);
	if (!same && !home_core_relays_changed(r->core))
		log_error(&r->settings->log, "relays: no memory, or cryptography failed");
}

bool reload_configuration(const reload *r)
{
	const logger *log = &r->settings->log;
	err e = { 0 };
	server_conf *next = prepare(r, &e);

	if (!next) {
		log_error(log, "not reloaded: %s", e.text);
		return false;
	}
	take_over(r, next);
	if (!clients_reload(r->clients, &e))
		log_error(log, "%s", e.text);
	log_info(log, "configuration reloaded");
	return true;
}
