/* SPDX-License-Identifier: MIT */
/* A configuration that is read, written out again and read again must be the same. */
#include "base/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MAX_SECTIONS 40

typedef struct section {
	char *name; /* NULL: [server] */
	char *text;
	bool flag, has_flag;
	uint32_t number;
	bool has_number;
} section;

typedef struct file {
	section s[MAX_SECTIONS];
	size_t n;
} file;

static bool set_flag(const char *text, void *field, err *e)
{
	section *s = field;

	return s->has_flag = conf_bool(text, &s->flag, e);
}

static bool set_number(const char *text, void *field, err *e)
{
	section *s = field;

	return s->has_number = conf_u32(text, &s->number, e);
}

static void *open_section(void *ctx, const char *name, err *e)
{
	file *f = ctx;

	if (f->n == MAX_SECTIONS) {
		err_set(e, ERR_LIMIT, "enough");
		return NULL;
	}
	section *s = &f->s[f->n++];
	s->name = *name ? strdup(name) : NULL;
	return s;
}

static const conf_key keys[] = {
	{ "text", conf_string, offsetof(section, text), false },
	{ "flag", set_flag, 0, false },
	{ "number", set_number, 0, true },
};

static const conf_section sections[] = {
	{ "server", keys, 3, open_section, false },
	{ "relay ", keys, 3, open_section, false },
};

static bool parse(const void *text, size_t len, file *f)
{
	err e = { 0 };
	bool ok = conf_parse("fuzz", text, len, sections, 2, f, &e);

	if (ok != (e.kind == ERR_NONE) || (!ok && !e.text[0]))
		abort(); /* success is silent, failure says why */
	return ok;
}

/* Lines after the first go on with the value, so they are indented. */
static void print_text(FILE *out, const char *text)
{
	fputs("text =", out);
	for (; *text; text++)
		fputs(*text == '\n' ? "\n  " : (char[]){ *text, 0 }, out);
	fputc('\n', out);
}

static void print(FILE *out, const file *f)
{
	for (const section *s = f->s; s < f->s + f->n; s++) {
		fprintf(out, "[%s%s]\n", s->name ? "relay " : "server", s->name ? s->name : "");
		if (s->text)
			print_text(out, s->text);
		if (s->has_flag)
			fprintf(out, "flag = %s\n", s->flag ? "yes" : "no");
		if (s->has_number)
			fprintf(out, "number = %u\n", s->number);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same(const file *a, const file *b)
{
	bool ok = a->n == b->n;

	for (size_t i = 0; ok && i < a->n; i++) {
		const section *x = &a->s[i], *y = &b->s[i];
		ok = same_text(x->name, y->name) && same_text(x->text, y->text) &&
		     x->flag == y->flag && x->has_flag == y->has_flag && x->number == y->number &&
		     x->has_number == y->has_number;
	}
	return ok;
}

static void clear(file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->s[i].name);
		free(f->s[i].text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	file first = { 0 }, again = { 0 };

	if (parse(data, len, &first)) {
		char *text = NULL;
		size_t n = 0;
		FILE *out = open_memstream(&text, &n);
		if (!out)
			abort();
		print(out, &first);
		fclose(out);
		if (!parse(text, n, &again) || !same(&first, &again))
			abort();
		free(text);
	}
	clear(&first);
	clear(&again);
	return 0;
}
