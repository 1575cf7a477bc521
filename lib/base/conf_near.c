/* SPDX-License-Identifier: MIT */
#include "base/conf.h"

#include <string.h>

#define NAME_MAX_LEN 63

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance, two rows at a time; SIZE_MAX for names longer than any of ours. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(b), row[NAME_MAX_LEN + 1];

	if (n > NAME_MAX_LEN || strlen(a) > NAME_MAX_LEN)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (*a != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

const char *conf_nearest(const char *name, const char *const *known, size_t n)
{
	const char *best = NULL;
	size_t best_distance = strlen(name) / 3 + 2; /* farther than this is another word */

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(name, known[i]);
		if (d < best_distance) {
			best = known[i];
			best_distance = d;
		}
	}
	return best;
}
