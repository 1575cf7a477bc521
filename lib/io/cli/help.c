/* SPDX-License-Identifier: MIT */
#include "io/cli/cli.h"

#include <string.h>

enum { WIDTH = 80, LEFT_MAX = 80 };

/* From `column` on; the next lines begin at `indent`. */
static void put_words(FILE *to, int column, int indent, const char *text)
{
	const char *start = text;

	while (*(text += strspn(text, " "))) {
		int n = (int)strcspn(text, " ");

		if (text != start && column + 1 + n > WIDTH)
			column = fprintf(to, "\n%*s", indent, "") - 1;
		else if (text != start)
			column += fprintf(to, " ");
		column += fprintf(to, "%.*s", n, text);
		text += n;
	}
	fputc('\n', to);
}

/* What is described stands left, its description right of it. */
static void put_row(FILE *to, const char *left, int width, const char *text)
{
	int indent = 2 + width + 2;

	fprintf(to, "  %-*s  ", width, left);
	put_words(to, indent, indent, text);
}

static void format_option(const cli_option *o, char out[LEFT_MAX])
{
	char letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof letter, "-%c, ", o->letter);
	snprintf(out, LEFT_MAX, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
		 o->argument ? o->argument : "");
}

static int longer(int width, const char *left)
{
	return (int)strlen(left) > width ? (int)strlen(left) : width;
}

static int options_width(const cli_option *list, unsigned n, int width)
{
	char left[LEFT_MAX];

	for (unsigned i = 0; i < n; i++) {
		format_option(&list[i], left);
		width = longer(width, left);
	}
	return width;
}

static void put_options(FILE *to, const cli_option *list, unsigned n, int width)
{
	char left[LEFT_MAX], text[512];

	for (unsigned i = 0; i < n; i++) {
		const cli_option *o = &list[i];

		format_option(o, left);
		snprintf(text, sizeof text, "%s%s%s%s%s", o->help,
			 o->kind == CLI_LIST && o->max > 1 ? "; may be repeated" : "",
			 o->value ? " (default " : "", o->value ? o->value : "",
			 o->value ? ")" : "");
		put_row(to, left, width, text);
	}
}

static void put_common(FILE *to, const cli_program *p, int width)
{
	put_options(to, p->options, p->n_options, width);
	put_row(to, "-h, --help", width, "this text; after a command, its help");
	put_row(to, "-V, --version", width, "the version");
	fprintf(to, "\nExit status: 0 done, 1 failed, 2 wrong usage.\n");
}

static void format_command(const cli_program *p, const cli_command *c, char out[LEFT_MAX])
{
	const cli_operand *w = &c->operand;

	snprintf(out, LEFT_MAX, "%s %s%s%s%s", p->name, c->name,
		 !w->name      ? ""
		 : w->required ? " "
			       : " [",
		 w->name ? w->name : "", w->name && !w->required ? "]" : "");
}

void cli_print_help(const cli_program *p, FILE *to)
{
	char left[LEFT_MAX];
	int width = 0;

	int column = fprintf(to, "%s - ", p->name);
	put_words(to, column, 4, p->summary);
	fputc('\n', to);
	for (unsigned i = 0; i < p->n_commands; i++) {
		format_command(p, &p->commands[i], left);
		width = longer(width, left);
	}
	for (unsigned i = 0; i < p->n_commands; i++) {
		format_command(p, &p->commands[i], left);
		put_row(to, left, width, p->commands[i].summary);
	}
	fputc('\n', to);
	put_common(to, p, options_width(p->options, p->n_options, (int)strlen("-V, --version")));
}

/* Required options first, as they come in a line that a user types. */
static void put_usage(FILE *to, const cli_program *p, const cli_command *c)
{
	char line[1024], left[LEFT_MAX];
	size_t n;

	format_command(p, c, left);
	n = (size_t)snprintf(line, sizeof line, "%s", left);
	for (int required = 1; required >= 0; required--)
		for (unsigned i = 0; i < c->n_options; i++) {
			const cli_option *o = &c->options[i];

			if (o->required != required || n >= sizeof line)
				continue;
			n += (size_t)snprintf(line + n, sizeof line - n, "%s--%s%s%s%s",
					      required ? " " : " [", o->name,
					      o->argument ? " " : "",
					      o->argument ? o->argument : "", required ? "" : "]");
		}
	put_words(to, fprintf(to, "usage: "), 8, line);
}

void cli_print_command_help(const cli_program *p, const cli_command *c, FILE *to)
{
	int width = options_width(c->options, c->n_options, (int)strlen("-V, --version"));

	width = options_width(p->options, p->n_options, width);
	if (c->operand.name)
		width = longer(width, c->operand.name);
	put_usage(to, p, c);
	fputc('\n', to);
	put_words(to, 0, 0, c->help ? c->help : c->summary);
	fputc('\n', to);
	if (c->operand.name)
		put_row(to, c->operand.name, width, c->operand.help);
	put_options(to, c->options, c->n_options, width);
	put_common(to, p, width);
}
