/* SPDX-License-Identifier: MIT */
#include "cmds.h"
#include "show.h"

#include <stdio.h>

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "-";
}

/* Of a carrier: what it goes by. */
static void print_carrier(const json_t *p)
{
	if (json_is_string(json_object_get(p, "method")))
		printf(", by %s", text(p, "method"));
	if (json_is_string(json_object_get(p, "proxy")))
		printf(", proxy %s", text(p, "proxy"));
	if (json_is_string(json_object_get(p, "unverified")))
		printf(", unverified (%s)", text(p, "unverified"));
	putchar('\n');
}

static void print_path(const json_t *p)
{
	char rtt[32] = "-";
	const json_t *r = json_object_get(p, "rtt_ms");
	bool active = json_is_true(json_object_get(p, "active"));
	if (json_is_real(r))
		snprintf(rtt, sizeof rtt, "%.1f", json_real_value(r));
	printf("%c %-8s %-12s %-12s %-24s %-24s %8s %s", active ? '*' : ' ', text(p, "kind"),
	       text(p, "agent"), text(p, "uplink"), text(p, "local"), text(p, "remote"), rtt,
	       json_is_true(json_object_get(p, "answering")) ? "answers"
	       : active                                      ? "silent"
							     : "not asked");
	print_carrier(p);
}

static void print_paths(const json_t *s)
{
	const json_t *all = json_object_get(s, "paths");
	size_t i;
	json_t *p;
	printf("  %-8s %-12s %-12s %-24s %-24s %8s\n", "KIND", "AGENT", "UPLINK", "LOCAL", "REMOTE",
	       "RTT MS");
	json_array_foreach(all, i, p) print_path(p);
}

int cmd_paths(const options *o)
{
	return command_show(o, "paths", print_paths);
}
