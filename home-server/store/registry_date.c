/* SPDX-License-Identifier: MIT */
/* registry_date.c - dates as people write them, UTC. */
#include "store/registry.h"

#include <string.h>
#include <time.h>

bool registry_parse_date(const char *text, uint64_t *unix_s)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end && *end == 'T')
		end = strptime(end, "T%H:%M:%SZ", &tm);
	if (!end || *end)
		return false;
	time_t t = timegm(&tm);
	if (t <= 0)
		return false;
	*unix_s = (uint64_t)t;
	return true;
}

const char *registry_format_date(uint64_t unix_s, char out[32])
{
	time_t t = (time_t)unix_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strcpy(out, "?");
	return out;
}
