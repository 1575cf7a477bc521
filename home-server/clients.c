/* SPDX-License-Identifier: MIT */
#include "clients.h"

#include "base/clock.h"
#include <string.h>

/* --- into the core --- */

/* A client whose state was lost begins with the time of day: what was recorded before can't be replayed,
 * and the client is resynchronised by code 133. */
bool clients_put(const clients *c, const scanned_client *from, err *e)
{
	const client_record *r = &from->record;
	home_client_state st = from->state;
	bool is_new = !durable_has(c->durable, r->conf.id);

	if (is_new && from->damaged) {
		st = (home_client_state){ .last_id = clock_ntp() };
		log_warn(&c->settings->log,
			 "%s: its state was damaged; replays from before now are refused",
			 r->conf.nai);
	}
	if (!durable_add(c->durable, r->conf.id, r->slot))
		return err_set(e, ERR_LIMIT, "no memory");
	if (home_core_client_put(c->core, &r->conf, &st, e))
		return true;
	if (is_new)
		durable_remove(c->durable, r->conf.id);
	return false;
}

void clients_put_all(const clients *c, const client_scan *scan)
{
	const logger *log = &c->settings->log;
	size_t n = 0, n_bad = scan->n_bad;
	err e = { 0 };

	for (size_t i = 0; i < n_bad && i < sizeof scan->bad / sizeof scan->bad[0]; i++)
		log_error(log, "%s", scan->bad[i].text);
	for (size_t i = 0; i < scan->n; i++) {
		if (clients_put(c, &scan->clients[i], &e)) {
			n++;
		} else {
			n_bad++;
			log_error(log, "%s", e.text);
		}
	}
	log_info(log, "%zu clients%s", n, n_bad ? ", some could not be read" : "");
}

/* What a killed daemon left. */
static void clean(const clients *c, const scanned_client *from)
{
	const home_client_conf *conf = &from->record.conf;
	const ip_addr *all[] = { &conf->home4, &conf->home6, &from->state.lease4,
				 &from->state.lease6 };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		attract_clean(c->attractor, all[i]);
}

bool clients_open(clients *c, err *e)
{
	client_scan scan;
	bool ok = client_scan_init(&scan, c->settings->conf->state)
			  ? client_scan_all(&scan, c->durable->store, e)
			  : err_set(e, ERR_LIMIT, "no memory");

	for (size_t i = 0; ok && i < scan.n; i++)
		clean(c, &scan.clients[i]);
	if (ok)
		clients_put_all(c, &scan);
	client_scan_free(&scan);
	return ok;
}

/* --- out of it --- */

typedef struct finding {
	const char *nai;
	uint8_t id[CLIENT_ID_LEN];
	bool found;
} finding;

static void match(void *ctx, const uint8_t id[CLIENT_ID_LEN], const char *nai)
{
	finding *f = ctx;

	if (strcmp(nai, f->nai) == 0) {
		memcpy(f->id, id, CLIENT_ID_LEN);
		f->found = true;
	}
}

bool clients_drop(clients *c, const char *name, err *e)
{
	const char *realm = c->settings->conf->realm;
	char nai[NAI_MAX + 1];
	finding f = { .nai = nai };

	if (strlen(name) + 1 + strlen(realm) > NAI_MAX)
		return err_set(e, ERR_USAGE, "%.80s: the name is too long", name);
	c->drops++;
	strcat(strcat(strcpy(nai, name), "@"), realm);
	home_core_each_client(c->core, match, &f);
	if (!f.found)
		return true;
	home_core_client_remove(c->core, f.id);
	durable_remove(c->durable, f.id);
	log_info(&c->settings->log, "%s removed", nai);
	return true;
}
