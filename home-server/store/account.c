/* SPDX-License-Identifier: MIT */
/* account.c - see account.h for the order of things. */
#include "store/account.h"
#include "store/address_pool.h"
#include "profile.h"

#include "base/clock.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_WAIT_MS = 10000, LOCK_STEP_MS = 10 };

bool account_name(const server_conf *c, const char *given, char out[CLIENT_NAME_MAX + 1], err *e)
{
	const char *at = strchr(given, '@');
	size_t n = at ? (size_t)(at - given) : strlen(given);

	if (at && strcmp(at + 1, c->realm) != 0)
		return err_set(e, ERR_USAGE, "%.80s: the realm here is %s", given, c->realm);
	if (n > CLIENT_NAME_MAX)
		n = CLIENT_NAME_MAX + 1;
	char name[CLIENT_NAME_MAX + 2];
	snprintf(name, sizeof name, "%.*s", (int)n, given);
	if (!conf_is_name(name))
		return err_set(e, ERR_USAGE,
			       "'%.80s' can't be a client's name: 1 to %d letters, digits, "
			       "'.', '_' and '-'",
			       given, CLIENT_NAME_MAX);
	memcpy(out, name, CLIENT_NAME_MAX + 1);
	return true;
}

int account_lock(const char *state, err *e)
{
	char path[PATH_MAX];
	uint64_t until = clock_mono_ms() + LOCK_WAIT_MS;
	const struct timespec step = { .tv_nsec = LOCK_STEP_MS * 1000000L };

	snprintf(path, sizeof path, "%s/lock", state);
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_sys(e, errno, "%s", path);
		return -1;
	}
	file_give_to_owner_of(state, path, NULL); /* else only root can lock it */
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || clock_mono_ms() > until) {
			err_sys(e, errno, "%s: another process is changing the registry", path);
			close(fd);
			return -1;
		}
		nanosleep(&step, NULL);
	}
	return fd;
}

static state_store *open_store(const server_conf *c, err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/replay.db", c->state);
	state_store *s = state_open(path, true, e);
	if (s)
		file_give_to_owner_of(c->state, path, NULL);
	return s;
}

static bool chosen_address(address_pool *p, const char *text, client_record *r, err *e)
{
	ip_addr a;

	if (strcmp(text, "dynamic") == 0)
		return true;
	if (!ip_parse(text, &a))
		return err_set(e, ERR_USAGE, "--address %.60s: expected an address or 'dynamic'",
			       text);
	*(a.len == 4 ? &r->conf.home4 : &r->conf.home6) = a;
	return pool_may_have(p, &a, e);
}

static bool next_addresses(address_pool *p, client_record *r, err *e)
{
	const server_conf *c = p->conf;
	uint64_t host = 1;

	if (c->network4.addr.len && !r->conf.home6.len) {
		if (!r->conf.home4.len && !pool_next4(p, &r->conf.home4, e))
			return false;
		host = load_be32(r->conf.home4.b) - load_be32(c->network4.addr.b);
	}
	return !c->network6.addr.len || r->conf.home6.len || pool_next6(p, host, &r->conf.home6, e);
}

/* To an IPv4 address comes an IPv6 one where there is a network for it. */
static bool addresses(address_pool *p, const account_request *q, client_record *r, err *e)
{
	if (q->address && !chosen_address(p, q->address, r, e))
		return false;
	if (q->address && strcmp(q->address, "dynamic") == 0)
		return true;
	return next_addresses(p, r, e);
}

static bool secrets(address_pool *p, client_record *r, err *e)
{
	if (RAND_bytes(r->conf.id, CLIENT_ID_LEN) != 1 || RAND_bytes(r->conf.key0, KEY0_LEN) != 1)
		return err_set(e, ERR_CRYPTO, "no random numbers");
	return pool_new_spi(p, &r->conf.spi, e);
}

static bool make_record(const server_conf *c, state_store *s, const account_request *q,
			client_record *r, err *e)
{
	address_pool p;

	snprintf(r->conf.nai, sizeof r->conf.nai, "%s@%s", r->name, c->realm);
	r->conf.expires_unix_s = q->expires_unix_s;
	bool ok = pool_open(&p, c, s, e) && addresses(&p, q, r, e) && secrets(&p, r, e);
	pool_close(&p);
	return ok;
}

static bool store_record(const server_conf *c, state_store *s, client_record *r,
			 const char *profile_path, err *e)
{
	state_card card = { .spi = r->conf.spi, .home4 = r->conf.home4, .home6 = r->conf.home6 };

	memcpy(card.id, r->conf.id, CLIENT_ID_LEN);
	memcpy(card.name, r->name, sizeof card.name);
	r->slot = state_add(s, &card, e);
	if (r->slot == STATE_NO_SLOT)
		return false;
	bool ok = state_sync(s, e) && profile_write(c, r, profile_path, e);
	if (ok && registry_write(c->state, r, e))
		return true;
	if (ok)
		unlink(profile_path);
	state_clear(s, r->slot, NULL);
	return false;
}

bool account_add(const server_conf *c, const account_request *q, client_record *out,
		 char profile_path[4096], err *e)
{
	*out = (client_record){ .slot = STATE_NO_SLOT };
	if (!account_name(c, q->name, out->name, e))
		return false;
	if (registry_has(c->state, out->name))
		return err_set(e, ERR_USAGE,
			       "client %s exists already: remove it first, or choose another "
			       "name",
			       out->name);
	int n = q->profile ? snprintf(profile_path, PATH_MAX, "%s", q->profile)
			   : snprintf(profile_path, PATH_MAX, "%s.hw", out->name);
	if (n >= PATH_MAX)
		return err_set(e, ERR_USAGE, "-o: the path is too long");
	state_store *s = open_store(c, e);
	bool ok = s && make_record(c, s, q, out, e) && store_record(c, s, out, profile_path, e);
	state_close(s);
	return ok;
}

bool account_remove(const server_conf *c, const char *name, client_record *was, err *e)
{
	err ignored;

	if (!registry_has(c->state, name))
		return err_set(e, ERR_USAGE, "there is no client %s", name);
	if (!registry_read(c->state, name, was, &ignored)) /* damaged: it goes all the same */
		was->slot = STATE_NO_SLOT;
	return registry_delete(c->state, name, e);
}

void account_release_slot(const server_conf *c, const client_record *r)
{
	state_store *s = r->slot == STATE_NO_SLOT ? NULL : open_store(c, NULL);
	home_client_state st;
	bool damaged;

	if (s && state_load(s, r->slot, r->conf.id, &st, &damaged))
		state_clear(s, r->slot, NULL);
	state_close(s);
}

void account_undo(const server_conf *c, const client_record *r, const char *profile_path)
{
	registry_delete(c->state, r->name, NULL);
	unlink(profile_path);
	account_release_slot(c, r);
}
