/* SPDX-License-Identifier: MIT */
/* cli.h - a program's command line as constant tables: its commands, their options and operand, each with its
 * help. Parsing, errors, --help, COMMAND --help and --version all come from these tables, so
 * the help cannot differ from what is accepted. Options may stand before or after the command; each program
 * has --help (-h) and --version (-V) besides its own. Exit status: 0 done, 1 failed, 2 wrong usage. */
#ifndef HW_IO_CLI_CLI_H
#define HW_IO_CLI_CLI_H

#include "base/err.h"

#include <stddef.h>
#include <stdio.h>

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_WRONG_USAGE = 2 };

/* Where the values go. Each program defines this type for itself; the tables give the offsets of its
 * fields. */
struct options;

typedef enum cli_kind {
	CLI_TEXT,   /* const char *; the last one given counts */
	CLI_NUMBER, /* unsigned, within min and max */
	CLI_FLAG,   /* bool; takes no value */
	CLI_LIST,   /* cli_list; may be repeated, up to max times */
} cli_kind;

enum { CLI_LIST_MAX = 8 };
typedef struct cli_list {
	const char *at[CLI_LIST_MAX];
	unsigned n;
} cli_list;

/* Options of one name have one kind and one letter in all commands of a program. */
typedef struct cli_option {
	const char *name; /* without the hyphens */
	char letter;      /* 0: it has none */
	cli_kind kind;
	bool required;
	size_t at;            /* offset of its field in struct options */
	const char *argument; /* what its value is called in the help; NULL for a flag */
	const char *help;     /* a phrase, without the default */
	const char *value;    /* the default, as a user would give it; NULL: zero */
	unsigned min, max;    /* of a number; max alone: of a list */
	const char *unit;     /* of a number, in errors: "seconds" */
} cli_option;

typedef struct cli_operand {
	const char *name; /* NULL: the command takes none */
	const char *help;
	size_t at; /* offset of a const char * in struct options */
	bool required;
} cli_operand;

/* False: it failed: see *e, which is empty where all has been printed. */
typedef bool cli_run(const struct options *o, err *e);

typedef struct cli_command {
	const char *name;
	cli_run *run;
	const char *summary; /* a phrase for the list of commands */
	const char *help;    /* sentences; NULL: the summary is enough */
	cli_operand operand;
	const cli_option *options;
	unsigned n_options;
} cli_command;

typedef struct cli_program {
	const char *name;
	const char *summary;
	const cli_command *commands;
	unsigned n_commands;
	const cli_option *options; /* that all commands take */
	unsigned n_options;
} cli_program;

/* The two fields of a table as one initialiser. */
#define CLI_OPTIONS(list)  .options = (list), .n_options = sizeof(list) / sizeof((list)[0])
#define CLI_COMMANDS(list) .commands = (list), .n_commands = sizeof(list) / sizeof((list)[0])

/* Parses, then runs the command, or prints help, version or what is wrong. Returns the exit status. */
int cli_main(const cli_program *p, int argc, char **argv, struct options *o);

typedef struct cli_request {
	const cli_command *command; /* NULL: none was named */
	bool help, version;
} cli_request;
/* False: wrong usage, see *e. *o is zero before and borrows from argv, which is
 * permuted. */
bool cli_parse(const cli_program *p, int argc, char **argv, struct options *o, cli_request *r,
	       err *e);

void cli_print_help(const cli_program *p, FILE *to);
void cli_print_command_help(const cli_program *p, const cli_command *c, FILE *to);

#endif
