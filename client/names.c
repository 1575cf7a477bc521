/* SPDX-License-Identifier: MIT */
#include "names.h"
#include "base/file.h"
#include "state_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_MAX_LEN = HOST_SIZE + NAME_ADDRESSES * (1 + ADDR_STRLEN) + 1 };

const known_name *names_find(const known_names *k, const char *host)
{
	for (unsigned i = 0; i < k->n; i++)
		if (strcasecmp(k->list[i].host, host) == 0)
			return &k->list[i];
	return NULL;
}

static bool is_among(const ip_addr *a, const ip_addr *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (ip_equal(a, &list[i]))
			return true;
	return false;
}

static bool same_addresses(const known_name *k, const ip_addr *at, unsigned n)
{
	bool same = k->n == n;

	for (unsigned i = 0; same && i < n; i++)
		same = is_among(&at[i], k->at, k->n) && is_among(&k->at[i], at, n);
	return same;
}

bool names_put(known_names *k, const char *host, const ip_addr *at, unsigned n)
{
	known_name *to = (known_name *)(uintptr_t)names_find(k, host);

	if (n == 0 || n > NAME_ADDRESSES || (to && same_addresses(to, at, n)) ||
	    (!to && k->n == NAMES_MAX))
		return false;
	if (!to)
		to = &k->list[k->n++];
	*to = (known_name){ .n = n };
	snprintf(to->host, sizeof to->host, "%s", host);
	memcpy(to->at, at, n * sizeof *at);
	return true;
}

void names_path(char *out, size_t n, const char *state_path)
{
	static const char suffix[] = ".state";
	size_t len = strlen(state_path), cut = sizeof suffix - 1;

	if (len > cut && strcmp(state_path + len - cut, suffix) == 0)
		len -= cut;
	snprintf(out, n, "%.*s.names", (int)len, state_path);
}

static void load_line(char *line, known_names *out)
{
	ip_addr at[NAME_ADDRESSES];
	unsigned n = 0;
	char *rest, *host = strtok_r(line, " ", &rest), *word;

	if (!host || strlen(host) >= HOST_SIZE)
		return;
	while (n < NAME_ADDRESSES && (word = strtok_r(NULL, " ", &rest)))
		if (ip_parse(word, &at[n++]) == false)
			return;
	names_put(out, host, at, n);
}

void names_load(const char *path, known_names *out)
{
	char *text, *rest, *line;
	size_t n;

	*out = (known_names){ 0 };
	if (!file_read(path, NAMES_MAX * LINE_MAX_LEN, &text, &n, NULL))
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		load_line(line, out);
	free(text);
}

static size_t put_line(char *to, size_t room, const known_name *k)
{
	char at[ADDR_STRLEN];
	size_t n = (size_t)snprintf(to, room, "%s", k->host);

	for (unsigned i = 0; i < k->n; i++)
		n += (size_t)snprintf(to + n, room - n, " %s", ip_format(&k->at[i], at));
	n += (size_t)snprintf(to + n, room - n, "\n");
	return n;
}

bool names_save(const char *path, const known_names *k, err *e)
{
	enum { ROOM = NAMES_MAX * LINE_MAX_LEN + 1 };
	char *text = malloc(ROOM);
	size_t n = 0;

	if (!text)
		return err_sys(e, ENOMEM, "%s", path);
	for (unsigned i = 0; i < k->n; i++)
		n += put_line(text + n, ROOM - n, &k->list[i]);
	bool ok = state_file_replace(path, text, n, e);
	free(text);
	return ok;
}
