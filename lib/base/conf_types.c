/* SPDX-License-Identifier: MIT */
#include "base/conf_types.h"

#include "base/log.h"
#include <ctype.h>
#include <string.h>

bool conf_has_only(const char *s, const char *others)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(others, *s))
			return false;
	return true;
}

bool conf_is_name(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= CONF_NAME_MAX && name[0] != '.' && name[0] != '-' &&
	       conf_has_only(name, "._-");
}

bool conf_word(const char **list, char *word, size_t room, bool *bad)
{
	*list += strspn(*list, " \t\n,");
	size_t n = strcspn(*list, " \t\n,");
	*bad = n >= room;
	if (n == 0 || *bad)
		return false;
	memcpy(word, *list, n);
	word[n] = 0;
	*list += n;
	return true;
}

bool conf_endpoints(const char *text, endpoint *list, unsigned max, unsigned *n, err *e)
{
	char word[ENDPOINT_STRLEN];
	bool bad;
	unsigned got = 0;

	for (; conf_word(&text, word, sizeof word, &bad); got++) {
		if (*n == max)
			return err_set(e, ERR_CONFIG, "at most %u of them", max);
		if (!endpoint_parse(word, 0, &list[(*n)++]))
			return err_set(e, ERR_CONFIG, "'%.60s': expected ADDRESS:PORT", word);
	}
	return (got > 0 && !bad) || err_set(e, ERR_CONFIG, "expected ADDRESS:PORT, ...");
}

bool conf_link(const char *text, void *field, err *e)
{
	size_t n = strlen(text);
	bool ok = n >= 1 && n <= CONF_LINK_MAX && conf_has_only(text, "._-@") &&
		  strcmp(text, ".") != 0 && strcmp(text, "..") != 0;

	if (!ok)
		return err_set(e, ERR_CONFIG,
			       "'%.40s' is not an interface name: 1 to 15 letters and digits",
			       text);
	memcpy(field, text, n + 1);
	return true;
}

bool conf_endpoint(const char *text, void *field, err *e)
{
	return endpoint_parse(text, 0, field) ||
	       err_set(e, ERR_CONFIG, "'%.60s': expected ADDRESS:PORT", text);
}

bool conf_log(const char *text, void *field, err *e)
{
	return log_level_parse(text, field) ||
	       err_set(e, ERR_CONFIG, "expected error, warn, info or debug, not '%.40s'", text);
}

bool conf_u32_within(const char *text, uint32_t *out, uint32_t least, uint32_t most, err *e)
{
	uint32_t v;

	if (!conf_u32(text, &v, e))
		return false;
	if (v < least || v > most)
		return err_set(e, ERR_CONFIG, "expected %u to %u, not %u", least, most, v);
	*out = v;
	return true;
}
