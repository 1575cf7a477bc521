/* SPDX-License-Identifier: MIT */
/* URLs of any octets: what is taken, written again, reads as the same. */
#include "base/url.h"
#include "oracle.h"
#include <ctype.h>
#include <stdio.h>

static void put_escaped(char *out, const char *text)
{
	out += strlen(out);
	for (; *text; text++)
		out += sprintf(out, "%%%02x", (unsigned char)*text);
}

static void write_again(const url *u, char *out)
{
	bool brackets = strchr(u->host, ':') != NULL;

	sprintf(out, "%s://", u->scheme);
	put_escaped(out, u->user);
	strcat(out, ":");
	put_escaped(out, u->password);
	sprintf(out + strlen(out), "@%s%s%s:", brackets ? "[" : "", u->host, brackets ? "]" : "");
	if (u->port)
		sprintf(out + strlen(out), "%u", u->port);
	strcat(out, u->path);
}

static void check_sound(const url *u)
{
	oracle_check(u->scheme[0] && u->host[0]);
	for (const char *p = u->host; *p; p++)
		oracle_check(!isspace((unsigned char)*p) && !isupper((unsigned char)*p) &&
			     !strchr("/@?#%[]", *p));
	oracle_check(u->path[0] == 0 || u->path[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const url nothing;
	char *text = malloc(n + 1), again[4 * sizeof(url)];
	url u, v;
	err e = { 0 };

	oracle_check(text != NULL);
	if (n)
		memcpy(text, data, n);
	text[n] = 0;
	if (!url_parse(text, &u, &e)) {
		oracle_check(e.kind == ERR_USAGE && memcmp(&u, &nothing, sizeof u) == 0);
	} else {
		check_sound(&u);
		write_again(&u, again);
		oracle_check(url_parse(again, &v, &e) && memcmp(&u, &v, sizeof u) == 0);
	}
	free(text);
	return 0;
}
