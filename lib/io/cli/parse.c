/* SPDX-License-Identifier: MIT */
/* parse.c - getopt_long() runs twice over the line: first to find the command, among options of any command, then to
 * store the options by that command's table. */
#include "io/cli/cli.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_MAX = 48, FIRST_LONG = 256, HELP = FIRST_LONG + KNOWN_MAX, VERSION };

/* All options of a program, each name once, as getopt_long() takes them. */
typedef struct known {
	const cli_option *options[KNOWN_MAX];
	unsigned n;
	struct option longs[KNOWN_MAX + 3];
	char letters[2 * KNOWN_MAX + 4];
} known;

static const cli_option *find_option(const cli_option *list, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static bool is_known(const known *k, const cli_option *o)
{
	for (unsigned i = 0; i < k->n; i++) {
		if (strcmp(k->options[i]->name, o->name) != 0)
			continue;
		assert(k->options[i]->letter == o->letter);
		assert((k->options[i]->kind == CLI_FLAG) == (o->kind == CLI_FLAG));
		return true;
	}
	return false;
}

static void collect(known *k, const cli_option *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const cli_option *o = &list[i];
		int takes = o->kind == CLI_FLAG ? no_argument : required_argument;
		size_t len = strlen(k->letters);

		if (is_known(k, o))
			continue;
		assert(k->n < KNOWN_MAX && (o->kind != CLI_LIST || o->max <= CLI_LIST_MAX));
		k->longs[k->n] = (struct option){ o->name, takes, NULL, FIRST_LONG + (int)k->n };
		k->options[k->n++] = o;
		if (!o->letter)
			continue;
		k->letters[len] = o->letter;
		k->letters[len + 1] = takes == required_argument ? ':' : 0;
	}
}

static void collect_all(const cli_program *p, known *k)
{
	*k = (known){ .letters = ":hV" };
	collect(k, p->options, p->n_options);
	for (unsigned i = 0; i < p->n_commands; i++)
		collect(k, p->commands[i].options, p->commands[i].n_options);
	k->longs[k->n] = (struct option){ "help", no_argument, NULL, HELP };
	k->longs[k->n + 1] = (struct option){ "version", no_argument, NULL, VERSION };
}

/* What getopt_long() calls an option by, as the table has it; NULL: it is none of the table's. */
static const cli_option *option_of(const known *k, int value)
{
	for (unsigned i = 0; i < k->n; i++)
		if (value == FIRST_LONG + (int)i || value == k->options[i]->letter)
			return k->options[i];
	return NULL;
}

/* getopt_long() answered '?' or ':', and optopt has a letter, a long option's value, or 0 for an
 * unknown long one. */
static bool refuse(const known *k, int answer, char **argv, err *e)
{
	const cli_option *o = optopt ? option_of(k, optopt) : NULL;

	if (o && answer == ':')
		return err_set(e, ERR_USAGE, "--%s: a value is missing", o->name);
	if (optopt >= FIRST_LONG)
		return err_set(e, ERR_USAGE, "--%s takes no value",
			       o                ? o->name
			       : optopt == HELP ? "help"
						: "version");
	if (optopt)
		return err_set(e, ERR_USAGE, "unknown option -%c", optopt);
	return err_set(e, ERR_USAGE, "unknown option %.60s", argv[optind - 1]);
}

static int next_option(const known *k, int argc, char **argv)
{
	return getopt_long(argc, argv, k->letters, k->longs, NULL);
}

static bool find_command(const cli_program *p, const char *name, cli_request *r, err *e)
{
	for (unsigned i = 0; name && i < p->n_commands; i++)
		if (strcmp(p->commands[i].name, name) == 0)
			r->command = &p->commands[i];
	if (r->command || r->version || (r->help && !name))
		return true;
	return name ? err_set(e, ERR_USAGE, "unknown command '%.40s'", name)
		    : err_set(e, ERR_USAGE, "a command is missing");
}

static bool read_request(const cli_program *p, const known *k, int argc, char **argv,
			 cli_request *r, err *e)
{
	int answer;

	*r = (cli_request){ 0 };
	opterr = 0;
	optind = 0; /* glibc: from the beginning, also when another line was parsed before */
	while ((answer = next_option(k, argc, argv)) != -1) {
		if (answer == '?' || answer == ':')
			return refuse(k, answer, argv, e);
		r->help |= answer == 'h' || answer == HELP;
		r->version |= answer == 'V' || answer == VERSION;
	}
	return find_command(p, optind < argc ? argv[optind] : NULL, r, e);
}

static bool store_number(const cli_option *k, const char *text, unsigned *to, err *e)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n < k->min || n > k->max)
		return err_set(e, ERR_USAGE, "--%s %.40s: expected %u to %u %s", k->name, text,
			       k->min, k->max, k->unit);
	*to = (unsigned)n;
	return true;
}

static bool store_one_more(const cli_option *k, const char *text, cli_list *to, err *e)
{
	if (to->n == k->max)
		return err_set(e, ERR_USAGE, "--%s: at most %u", k->name, k->max);
	to->at[to->n++] = text;
	return true;
}

static bool store(const cli_option *k, const char *value, struct options *o, err *e)
{
	void *field = (char *)o + k->at;

	switch (k->kind) {
	case CLI_TEXT:
		*(const char **)field = value;
		return true;
	case CLI_NUMBER:
		return store_number(k, value, field, e);
	case CLI_FLAG:
		return *(bool *)field = true;
	case CLI_LIST:
		return store_one_more(k, value, field, e);
	}
	return false;
}

static bool store_defaults(const cli_option *list, unsigned n, struct options *o, err *e)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].value && !store(&list[i], list[i].value, o, e))
			return false;
	return true;
}

/* Also notes which of the command's own options were given. */
static bool store_options(const cli_program *p, const known *k, int argc, char **argv,
			  const cli_command *c, struct options *o, uint64_t *given, err *e)
{
	int answer;

	optind = 0;
	while ((answer = next_option(k, argc, argv)) != -1) {
		const char *name = option_of(k, answer)->name;
		const cli_option *own = find_option(c->options, c->n_options, name);
		const cli_option *mine = own ? own : find_option(p->options, p->n_options, name);

		if (!mine)
			return err_set(e, ERR_USAGE, "'%s' does not take --%s", c->name, name);
		if (!store(mine, optarg, o, e))
			return false;
		if (own)
			*given |= (uint64_t)1 << (own - c->options);
	}
	return true;
}

static bool has_required(const cli_command *c, uint64_t given, err *e)
{
	for (unsigned i = 0; i < c->n_options; i++)
		if (c->options[i].required && !(given >> i & 1))
			return err_set(e, ERR_USAGE, "'%s' needs --%s %s", c->name,
				       c->options[i].name, c->options[i].argument);
	return true;
}

static bool store_operand(const cli_command *c, char **words, int n, struct options *o, err *e)
{
	if (!c->operand.name && n > 0)
		return err_set(e, ERR_USAGE, "'%s' takes no operand: '%.60s'", c->name, words[0]);
	if (n > 1)
		return err_set(e, ERR_USAGE, "'%s' takes one operand: '%.60s' is one too many",
			       c->name, words[1]);
	if (n == 0)
		return !c->operand.required ||
		       err_set(e, ERR_USAGE, "'%s' needs %s", c->name, c->operand.name);
	*(const char **)(void *)((char *)o + c->operand.at) = words[0];
	return true;
}

bool cli_parse(const cli_program *p, int argc, char **argv, struct options *o, cli_request *r,
	       err *e)
{
	uint64_t given = 0;
	known k;

	collect_all(p, &k);
	if (!read_request(p, &k, argc, argv, r, e))
		return false;
	if (r->help || r->version)
		return true;
	const cli_command *c = r->command;
	return store_defaults(p->options, p->n_options, o, e) &&
	       store_defaults(c->options, c->n_options, o, e) &&
	       store_options(p, &k, argc, argv, c, o, &given, e) &&
	       store_operand(c, argv + optind + 1, argc - optind - 1, o, e) &&
	       has_required(c, given, e);
}
