/* SPDX-License-Identifier: MIT */
#include "base/conf.h"
#include "base/conf_feed.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE ((size_t)1 << 20)
#define MAX_KEYS 64 /* of a section: a bit each in keys_seen */

typedef struct opened {
	const conf_section *section;
	char *name; /* its own, or "" */
} opened;

typedef struct loader {
	conf_feed feed;
	const char *file;
	const conf_section *sections;
	size_t n;
	void *ctx;
	err *e;
	bool failed;

	const conf_section *section; /* the open one, and the struct that its values go to */
	void *target;
	uint64_t keys_seen;
	opened *all; /* so far; the open one is the last */
	size_t n_all;

	const conf_key *key; /* whose value is being collected */
	unsigned key_line;
	char *value; /* as much room as the file is long */
	size_t value_n;
} loader;

__attribute__((format(printf, 3, 4))) static bool fail_at(loader *l, unsigned line, const char *fmt,
							  ...)
{
	char text[sizeof l->e->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	l->failed = l->feed.stop = true;
	return err_set(l->e, ERR_CONFIG, "%s:%u: %s", l->file, line, text);
}

/* "did you mean 'X'?", or the list of known names. */
static void suggest(char out[160], const char *name, const char *const *known, size_t n)
{
	const char *near = conf_nearest(name, known, n);

	if (near) {
		snprintf(out, 160, "did you mean '%s'?", near);
		return;
	}
	size_t len = (size_t)snprintf(out, 160, "known here:");
	for (size_t i = 0; i < n && len < 160; i++)
		len += (size_t)snprintf(out + len, 160 - len, "%s %s", i ? "," : "", known[i]);
}

/* ---- sections ---- */

/* What follows the table's "relay " in the file's "relay dmz1"; NULL: no match. */
static const char *own_name(const conf_section *s, const char *full)
{
	size_t n = strlen(s->name);
	bool named = n && s->name[n - 1] == ' ';

	if (!named)
		return strcmp(full, s->name) == 0 ? full + n : NULL;
	if (strncmp(full, s->name, n) != 0)
		return NULL;
	full += n + strspn(full + n, " \t");
	return *full ? full : NULL;
}

static bool unknown_section(loader *l, const char *full)
{
	const char *known[MAX_KEYS] = { NULL };
	char first[64], names[MAX_KEYS][64], hint[160];
	size_t n = l->n < MAX_KEYS ? l->n : MAX_KEYS;

	snprintf(first, sizeof first, "%.*s", (int)strcspn(full, " "), full);
	for (size_t i = 0; i < n; i++) {
		size_t word = strcspn(l->sections[i].name, " ");
		bool named = l->sections[i].name[word] == ' ';
		snprintf(names[i], sizeof names[i], "%.*s", (int)word, l->sections[i].name);
		known[i] = names[i];
		if (strcmp(first, names[i]) == 0)
			return fail_at(l, l->feed.line,
				       named ? "section [%s] needs a name of its own: [%s NAME]"
					     : "section [%s] has no name of its own: [%s]",
				       full, first);
	}
	suggest(hint, first, known, n);
	return fail_at(l, l->feed.line, "unknown section [%s]; %s", full, hint);
}

/* Sections are compared by their own names, so that spacing does not matter. */
static bool remember(loader *l, const char *full, const char *name)
{
	for (size_t i = 0; i < l->n_all; i++)
		if (l->all[i].section == l->section && strcmp(l->all[i].name, name) == 0)
			return fail_at(l, l->feed.line, "section [%s] occurs twice", full);
	opened *more = realloc(l->all, (l->n_all + 1) * sizeof *more);
	if (!more)
		return fail_at(l, l->feed.line, "no memory");
	l->all = more;
	l->all[l->n_all] = (opened){ l->section, strdup(name) };
	return l->all[l->n_all++].name || fail_at(l, l->feed.line, "no memory");
}

static bool open_section(loader *l, const char *full)
{
	const char *name = NULL;

	l->section = NULL;
	for (size_t i = 0; i < l->n && !name; i++) {
		name = own_name(&l->sections[i], full);
		if (name)
			l->section = &l->sections[i];
	}
	if (!l->section)
		return unknown_section(l, full);
	if (l->section->n_keys > MAX_KEYS)
		return fail_at(l, l->feed.line, "more than %d keys in a table", MAX_KEYS);
	if (!remember(l, full, name))
		return false;
	err why = { 0 };
	l->keys_seen = 0;
	l->target = l->section->open(l->ctx, name, &why);
	return l->target || fail_at(l, l->feed.line, "[%s]: %s", full, why.text);
}

/* ---- keys ---- */

static bool unknown_key(loader *l, const char *name)
{
	const char *known[MAX_KEYS] = { NULL };
	char hint[160];

	for (size_t i = 0; i < l->section->n_keys; i++)
		known[i] = l->section->keys[i].name;
	suggest(hint, name, known, l->section->n_keys);
	return fail_at(l, l->feed.line, "unknown key '%s' in [%s%s]; %s", name, l->section->name,
		       l->all[l->n_all - 1].name, hint);
}

static bool begin_key(loader *l, const char *name)
{
	if (!l->section)
		return fail_at(l, l->feed.line, "'%s' stands before the first [SECTION]", name);
	size_t i = 0;
	while (i < l->section->n_keys && strcmp(l->section->keys[i].name, name) != 0)
		i++;
	if (i == l->section->n_keys)
		return unknown_key(l, name);
	uint64_t bit = (uint64_t)1 << i;
	if ((l->keys_seen & bit) && !l->section->keys[i].repeatable)
		return fail_at(l, l->feed.line, "'%s' is given twice", name);
	l->keys_seen |= bit;
	l->key = &l->section->keys[i];
	l->key_line = l->feed.line;
	l->value_n = 0;
	return true;
}

/* Pieces of one line join without anything between, lines by a newline. Never longer than the file.
 */
static void append(loader *l, const char *text)
{
	if (!l->feed.piece && l->value_n)
		l->value[l->value_n++] = '\n';
	size_t n = strlen(text);
	memcpy(l->value + l->value_n, text, n);
	l->value_n += n;
}

static bool end_key(loader *l)
{
	const conf_key *k = l->key;
	err why = { 0 };

	l->key = NULL;
	if (!k)
		return true;
	l->value[l->value_n] = 0;
	return k->set(l->value, (char *)l->target + k->offset, &why) ||
	       fail_at(l, l->key_line, "%s: %s", k->name, why.text);
}

static int on_value(void *arg, const char *section, const char *name, const char *value)
{
	loader *l = arg;

	l->feed.unanswered = false;
	if (l->failed)
		return 1;
	if (l->key && (l->feed.piece || l->feed.goes_on)) {
		append(l, value);
		return 1;
	}
	if (!end_key(l))
		return 1;
	if (strcmp(name, CONF_SECTION_BEGINS) == 0)
		open_section(l, section);
	else if (begin_key(l, name))
		append(l, value);
	return 1;
}

/* ---- the file ---- */

static bool has_required(loader *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const conf_section *s = &l->sections[i];
		bool found = !s->required;
		for (size_t j = 0; j < l->n_all && !found; j++)
			found = l->all[j].section == s;
		if (!found)
			return err_set(l->e, ERR_CONFIG, "%s: section [%s%s] is missing", l->file,
				       s->name, s->name[strcspn(s->name, " ")] ? "NAME" : "");
	}
	return true;
}

static bool run(loader *l)
{
	int result = ini_parse_stream(conf_feed_line, &l->feed, on_value, l);

	conf_feed_end(&l->feed);
	if (l->failed)
		return false;
	if (l->feed.problem)
		return fail_at(l, l->feed.line, "%s", l->feed.problem);
	if (result != 0 && result != -1 && !l->feed.stop)
		return fail_at(l, l->feed.line, "expected KEY = VALUE or [SECTION]");
	if (result == -1)
		return fail_at(l, l->feed.line, "no memory");
	return end_key(l) && has_required(l);
}

bool conf_parse(const char *file, const void *text, size_t len, const conf_section *sections,
		size_t n, void *ctx, err *e)
{
	err ignored = { 0 };
	loader l = { .feed = conf_feed_of(text, len),
		     .file = file,
		     .sections = sections,
		     .n = n,
		     .ctx = ctx,
		     .e = e ? e : &ignored };

	l.value = malloc(len + 1);
	if (!l.value)
		return err_sys(e, ENOMEM, "%s", file);
	bool ok = run(&l);
	explicit_bzero(l.value, len + 1); /* it may hold a key */
	free(l.value);
	for (size_t i = 0; i < l.n_all; i++)
		free(l.all[i].name);
	free(l.all);
	return ok;
}

bool conf_load_access(const char *file, const conf_section *sections, size_t n, void *ctx,
		      file_access *access, err *e)
{
	char *text;
	size_t len;

	if (!file_read_access(file, MAX_FILE, &text, &len, access, e))
		return false;
	bool ok = conf_parse(file, text, len, sections, n, ctx, e);
	explicit_bzero(text, len);
	free(text);
	return ok;
}

bool conf_load(const char *file, const conf_section *sections, size_t n, void *ctx, err *e)
{
	file_access ignored;

	return conf_load_access(file, sections, n, ctx, &ignored, e);
}
