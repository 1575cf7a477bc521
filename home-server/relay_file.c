/* SPDX-License-Identifier: MIT */
#include "relay_file.h"

#include "base/file.h"
#include <errno.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONF_MAX = 1 << 20 };

/* A file of the same relay is one whose `add-relay` did not come to its end. */
static bool may_replace(const relay_request *q, err *e)
{
	char line[CONF_NAME_MAX + 16], *old;
	size_t n;

	if (access(q->file, F_OK) != 0)
		return true;
	snprintf(line, sizeof line, "name = %s\n", q->name);
	bool same = file_read(q->file, CONF_MAX, &old, &n, NULL);
	if (same) {
		same = strstr(old, line) != NULL;
		explicit_bzero(old, n);
		free(old);
	}
	return same || err_set(e, ERR_USAGE,
			       "%s exists and is not relay %s's: move it away, or name another "
			       "file with -o",
			       q->file, q->name);
}

static bool write_relays_file(const server_conf *c, const relay_request *q, const char *key, err *e)
{
	char text[2048], address[ADDR_STRLEN], home[ADDR_STRLEN];
	int n = snprintf(text, sizeof text,
			 "# %s: all that this relay needs. KEY2 stands in it: keep it secret.\n"
			 "# homeward-relay run -c FILE\n\n"
			 "[relay]\nname = %s\nlisten = 0.0.0.0:434, 0.0.0.0:4500\npublic = %s\n"
			 "address = %s\n\n[home %s]\naddress = %s\nkey = %s\n",
			 q->name, q->name, q->public, ip_format(&q->address, address), c->realm,
			 ip_format(&q->home, home), key);
	bool ok = n > 0 && (size_t)n < sizeof text &&
		  file_write_atomic(q->file, 0600, text, (size_t)n, e);

	explicit_bzero(text, sizeof text);
	return ok;
}

/* What stands in our file stays as it is, to the last comment; a link to it stays a link. */
static bool append_section(const server_conf *c, const relay_request *q, const char *key, err *e)
{
	char *old, *text = NULL, address[ADDR_STRLEN], file[PATH_MAX];
	file_access access;
	size_t n;

	if (!realpath(c->file, file))
		return err_sys(e, errno, "%s", c->file);
	if (!file_read_access(file, CONF_MAX, &old, &n, &access, e))
		return false;
	mode_t mode = 0600 | (access.mode & S_IRGRP);
	int len = asprintf(&text, "%s%s\n[relay %s]\naddress = %s\npublic = %s\nkey = %s\n", old,
			   n && old[n - 1] != '\n' ? "\n" : "", q->name,
			   ip_format(&q->address, address), q->public, key);
	bool ok = len > 0 ? file_write_atomic(file, mode, text, (size_t)len, e)
			  : err_set(e, ERR_LIMIT, "no memory");
	explicit_bzero(old, n);
	free(old);
	if (len > 0) {
		explicit_bzero(text, (size_t)len);
		free(text);
	}
	return ok;
}

static bool is_new(const server_conf *c, const relay_request *q, err *e)
{
	for (unsigned i = 0; i < c->n_relays; i++)
		if (strcmp(c->relays[i].name, q->name) == 0 ||
		    ip_equal(&c->relays[i].address, &q->address))
			return err_set(e, ERR_USAGE,
				       "%s: [relay %s] is there already, by that name or at that "
				       "address: remove it to make it again",
				       c->file, c->relays[i].name);
	return c->n_relays < HOME_RELAYS || err_set(e, ERR_LIMIT, "at most %d relays", HOME_RELAYS);
}

bool relay_add(const server_conf *c, const relay_request *q, err *e)
{
	uint8_t key2[KEY2_LEN];
	char key[2 * KEY2_LEN + 1];

	if (!is_new(c, q, e) || !may_replace(q, e))
		return false;
	if (RAND_bytes(key2, sizeof key2) != 1)
		return err_set(e, ERR_CRYPTO, "no random numbers");
	hex_encode(key2, sizeof key2, key);
	bool ok = write_relays_file(c, q, key, e);
	if (ok && !append_section(c, q, key, e)) {
		unlink(q->file);
		ok = false;
	}
	explicit_bzero(key2, sizeof key2);
	explicit_bzero(key, sizeof key);
	return ok;
}
