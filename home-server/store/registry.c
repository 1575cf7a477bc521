/* SPDX-License-Identifier: MIT */
/* registry.c - files of clients. */
#include "store/registry.h"

#include "base/conf.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

static const char suffix[] = ".client";

void client_record_wipe(client_record *r)
{
	explicit_bzero(r, sizeof *r);
}

static bool path_of(const char *state, const char *name, char out[PATH_MAX], err *e)
{
	int n = snprintf(out, PATH_MAX, "%s/clients/%s%s", state, name, suffix);

	return n < PATH_MAX || err_set(e, ERR_USAGE, "%s: the path is too long", state);
}

static bool make_dir(const char *path, err *e)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST || err_sys(e, errno, "%s", path);
}

bool registry_prepare(const char *state, err *e)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/clients", state) >= PATH_MAX)
		return err_set(e, ERR_USAGE, "%s: the path is too long", state);
	return make_dir(state, e) && make_dir(path, e);
}

bool registry_has(const char *state, const char *name)
{
	char path[PATH_MAX];

	return path_of(state, name, path, NULL) && access(path, F_OK) == 0;
}

static bool set_id(const char *text, void *field, err *e)
{
	return hex_decode(text, field, CLIENT_ID_LEN) ||
	       err_set(e, ERR_CONFIG, "expected 32 hex digits");
}

static bool set_nai(const char *text, void *field, err *e)
{
	if (!*text || strlen(text) > NAI_MAX)
		return err_set(e, ERR_CONFIG, "expected NAME@REALM");
	strcpy(field, text);
	return true;
}

static bool set_expires(const char *text, void *field, err *e)
{
	return registry_parse_date(text, field) ||
	       err_set(e, ERR_CONFIG, "expected a date as 2027-01-31 or 2027-01-31T12:00:00Z");
}

#define AT(field) offsetof(client_record, field)
static const conf_key keys[] = {
	{ "id", set_id, AT(conf.id), false },
	{ "identity", set_nai, AT(conf.nai), false },
	{ "address", conf_address, AT(conf.home4), false },
	{ "address6", conf_address, AT(conf.home6), false },
	{ "key", conf_key32, AT(conf.key0), false },
	{ "spi", conf_u32, AT(conf.spi), false },
	{ "expires", set_expires, AT(conf.expires_unix_s), false },
	{ "slot", conf_u32, AT(slot), false },
};

static void *open_client(void *ctx, const char *name, err *e)
{
	(void)name;
	(void)e;
	return ctx;
}

static bool plausible(const client_record *r, const char *path, err *e)
{
	const home_client_conf *c = &r->conf;

	return (c->nai[0] && c->spi >= ESP_MIN_SPI && r->slot != UINT32_MAX &&
		(c->home4.len == 0 || c->home4.len == 4) &&
		(c->home6.len == 0 || c->home6.len == 16)) ||
	       err_set(e, ERR_CONFIG, "%s: identity, address, spi or slot is missing or wrong",
		       path);
}

bool registry_read(const char *state, const char *name, client_record *out, err *e)
{
	const conf_section section = { "client", keys, sizeof keys / sizeof keys[0], open_client,
				       true };
	char path[PATH_MAX];

	*out = (client_record){ .slot = UINT32_MAX };
	if (strlen(name) > CLIENT_NAME_MAX)
		return err_set(e, ERR_USAGE, "%.80s: the name is too long", name);
	strcpy(out->name, name);
	return path_of(state, name, path, e) && conf_load(path, &section, 1, out, e) &&
	       plausible(out, path, e);
}

static int format_optional(const client_record *r, char *out, size_t room)
{
	char a4[ADDR_STRLEN], a6[ADDR_STRLEN], date[32];
	const home_client_conf *c = &r->conf;

	return snprintf(out, room, "%s%s%s%s%s%s%s%s%s", c->home4.len ? "address = " : "",
			c->home4.len ? ip_format(&c->home4, a4) : "", c->home4.len ? "\n" : "",
			c->home6.len ? "address6 = " : "",
			c->home6.len ? ip_format(&c->home6, a6) : "", c->home6.len ? "\n" : "",
			c->expires_unix_s ? "expires = " : "",
			c->expires_unix_s ? registry_format_date(c->expires_unix_s, date) : "",
			c->expires_unix_s ? "\n" : "");
}

bool registry_write(const char *state, const client_record *r, err *e)
{
	char path[PATH_MAX], text[1024], id[2 * CLIENT_ID_LEN + 1], key[2 * KEY0_LEN + 1],
		optional[256];

	if (!path_of(state, r->name, path, e))
		return false;
	hex_encode(r->conf.id, CLIENT_ID_LEN, id);
	hex_encode(r->conf.key0, KEY0_LEN, key);
	format_optional(r, optional, sizeof optional);
	int n = snprintf(text, sizeof text,
			 "[client]\nid = %s\nidentity = %s\nkey = %s\nspi = 0x%08x\nslot = %u\n%s",
			 id, r->conf.nai, key, r->conf.spi, r->slot, optional);
	bool ok = file_write_atomic(path, 0600, text, (size_t)n, e) &&
		  file_give_to_owner_of(state, path, e);
	explicit_bzero(text, sizeof text);
	explicit_bzero(key, sizeof key);
	return ok;
}

static bool sync_dir(const char *state, err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/clients", state);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (!ok)
		err_sys(e, errno, "%s", path);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool registry_delete(const char *state, const char *name, err *e)
{
	char path[PATH_MAX];

	if (!path_of(state, name, path, e))
		return false;
	return unlink(path) == 0 ? sync_dir(state, e) : err_sys(e, errno, "%s", path);
}

static int is_client_file(const struct dirent *d)
{
	size_t n = strlen(d->d_name), s = sizeof suffix - 1;

	return d->d_name[0] != '.' && n > s && n - s <= CLIENT_NAME_MAX &&
	       strcmp(d->d_name + n - s, suffix) == 0;
}

static bool visit(const char *state, const char *file, const registry_visit *v, bool *on, err *e)
{
	char name[CLIENT_NAME_MAX + 1];
	client_record r;
	err why;

	snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - (sizeof suffix - 1)), file);
	bool ok = registry_read(state, name, &r, &why);
	if (ok)
		*on = v->each(v->ctx, &r);
	else if (v->bad)
		v->bad(v->ctx, &why);
	client_record_wipe(&r);
	if (ok || v->bad)
		return true;
	*e = why;
	return false;
}

bool registry_each(const char *state, const registry_visit *v, err *e)
{
	char path[PATH_MAX];
	struct dirent **list;
	bool ok = true, on = true;

	snprintf(path, sizeof path, "%s/clients", state);
	int n = scandir(path, &list, is_client_file, alphasort);
	if (n < 0)
		return err_sys(e, errno, "%s", path);
	for (int i = 0; i < n; i++) {
		if (ok && on)
			ok = visit(state, list[i]->d_name, v, &on, e);
		free(list[i]);
	}
	free(list);
	return ok;
}
