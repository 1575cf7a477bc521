/* SPDX-License-Identifier: MIT */
/* server_kit.h - a configuration and a state directory of a test's own. */
#ifndef HW_TESTS_SERVER_KIT_H
#define HW_TESTS_SERVER_KIT_H

#include "unit.h"
#include "store/account.h"
#include "store/state_store.h"
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct server_kit {
	char dir[64], file[96], db[128];
	server_conf *conf;
} server_kit;

static inline int server_kit_remove(const char *p, const struct stat *s, int f, struct FTW *w)
{
	(void)s;
	(void)f;
	(void)w;
	return remove(p);
}

static inline void server_kit_write(const server_kit *k, const char *text)
{
	FILE *f = fopen(k->file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(k->file, 0600);
}

static inline void server_kit_open(server_kit *k)
{
	char text[512];
	err e = { 0 };

	strcpy(k->dir, "/tmp/homeward-test.XXXXXX");
	assert_non_null(mkdtemp(k->dir));
	snprintf(k->file, sizeof k->file, "%s/server.conf", k->dir);
	snprintf(k->db, sizeof k->db, "%s/state/replay.db", k->dir);
	snprintf(text, sizeof text,
		 "[server]\nrealm = example.net\nnetwork = 10.66.0.0/24\n"
		 "public = 203.0.113.2\nstate = %s/state\n",
		 k->dir);
	server_kit_write(k, text);
	k->conf = server_conf_load(k->file, &e);
	if (!k->conf)
		fail_msg("%s", e.text);
	assert_true(registry_prepare(k->conf->state, &e));
}

static inline void server_kit_close(server_kit *k)
{
	server_conf_free(k->conf);
	nftw(k->dir, server_kit_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* True, or *e says why not; the profile goes to the kit's directory. */
static inline bool server_kit_add(const server_kit *k, const char *name, const char *address,
				  client_record *r, err *e)
{
	char profile[PATH_MAX], path[192];

	snprintf(path, sizeof path, "%s/%s.hw", k->dir, name);
	const account_request q = { .name = name, .address = address, .profile = path };
	return account_add(k->conf, &q, r, profile, e);
}

static inline state_store *server_kit_store(const server_kit *k)
{
	err e = { 0 };
	state_store *s = state_open(k->db, true, &e);

	if (!s)
		fail_msg("%s", e.text);
	return s;
}

#endif
