/* SPDX-License-Identifier: MIT */
/* conf.h - INI files into structs, by table. Read with inih. An unknown section or key is an error
 * that names FILE:LINE and the nearest known name; so is a value that its setter refuses, a key
 * that occurs twice and a section that occurs twice.
 *
 * A line indented deeper than its key goes on with the key's value; the setter sees the lines
 * joined by '\n', without their indentation (a PEM block). A comment is a line that begins with # or ;, or
 * what follows a blank and one of these. */
#ifndef HW_BASE_CONF_H
#define HW_BASE_CONF_H

#include "base/file.h"
#include <stddef.h>
#include <stdint.h>

/* A setter parses text into *field; on refusal it fills *e with what was expected (no FILE:LINE).
 */
typedef bool conf_setter(const char *text, void *field, err *e);

typedef struct conf_key {
	const char *name;
	conf_setter *set;
	size_t offset;   /* of the field in the section's struct */
	bool repeatable; /* the setter appends; else a second occurrence is an error */
} conf_key;

typedef struct conf_section {
	const char *name; /* "server"; a section with a name of its own ("relay dmz1") ends in a
			     space: "relay " */
	const conf_key *keys;
	size_t n_keys; /* at most 64 */
	/* Gives the struct that this section's keys are set in. name is what follows the space, or
	 * "". */
	void *(*open)(void *ctx, const char *name, err *e);
	bool required;
} conf_section;

bool conf_load(const char *file, const conf_section *sections, size_t n, void *ctx, err *e);
/* The same for a file that may hold keys: for private_check(). */
bool conf_load_access(const char *file, const conf_section *sections, size_t n, void *ctx,
		      file_access *access, err *e);

/* The same from memory; `file` is what errors call it. */
bool conf_parse(const char *file, const void *text, size_t len, const conf_section *sections,
		size_t n, void *ctx, err *e);

/* Setters for plain fields. Strings are owned by the struct (char *, free()). */
conf_setter conf_string;  /* char * */
conf_setter conf_bool;    /* bool: yes/no/true/false/on/off */
conf_setter conf_u32;     /* uint32_t, decimal or 0x */
conf_setter conf_key32;   /* uint8_t[32]: 64 hex digits */
conf_setter conf_address; /* ip_addr */

/* The known name closest to `name`, or NULL if none is near (edit distance). */
const char *conf_nearest(const char *name, const char *const *known, size_t n);

#endif
