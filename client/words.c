/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* The next word of a list at commas and blanks; NULL: no more. Cuts `at` up. */
static char *next_word(char **at)
{
	*at += strspn(*at, ", \t\n");
	char *start = *at;
	size_t n = strcspn(start, ", \t\n");
	if (n == 0)
		return NULL;
	*at += n;
	if (**at)
		*(*at)++ = 0;
	return start;
}

bool words_each(const char *text, bool (*take)(const char *w, void *field, err *e), void *field,
		err *e)
{
	char *copy = strdup(text), *at = copy, *w;
	bool ok = copy != NULL, any = false;

	while (ok && (w = next_word(&at))) {
		ok = take(w, field, e);
		any = true;
	}
	free(copy);
	return ok && (any || err_set(e, ERR_CONFIG, "expected a value"));
}
