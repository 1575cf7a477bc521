/* SPDX-License-Identifier: MIT */
#include "rp_filter.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

static int read_setting(const char *link)
{
	char path[128], *text;
	size_t n;

	snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/rp_filter", link);
	if (!file_read(path, 16, &text, &n, NULL))
		return 0;
	int v = atoi(text);
	free(text);
	return v;
}

/* The kernel goes by the higher one of the two settings; 2 is loose. */
bool rp_filter_is_strict(const char *link)
{
	enum { STRICT = 1 };
	int all = read_setting("all"), own = read_setting(link);

	return (all > own ? all : own) == STRICT;
}
