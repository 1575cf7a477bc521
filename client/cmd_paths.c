/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdio.h>

/* Of a carrier: its method, its proxy, and whether the certificate was verified. */
static void print_carrier(const json_t *p)
{
	if (json_is_string(json_object_get(p, "method")))
		printf(", by %s", show_text(p, "method"));
	if (json_is_string(json_object_get(p, "proxy")))
		printf(", proxy %s", show_text(p, "proxy"));
	if (json_is_string(json_object_get(p, "unverified")))
		printf(", unverified (%s)", show_text(p, "unverified"));
}

static void print_path(const json_t *p)
{
	char rtt[32] = "-";
	const json_t *r = json_object_get(p, "rtt_ms");
	bool active = json_is_true(json_object_get(p, "active"));

	if (json_is_real(r))
		snprintf(rtt, sizeof rtt, "%.1f", json_real_value(r));
	printf("%c %-8s %-12s %-12s %-24s %-24s %8s %s", active ? '*' : ' ', show_text(p, "kind"),
	       show_text(p, "agent"), show_text(p, "uplink"), show_text(p, "local"),
	       show_text(p, "remote"), rtt,
	       json_is_true(json_object_get(p, "answering")) ? "answers"
	       : active                                      ? "silent"
							     : "not asked");
	print_carrier(p);
	putchar('\n');
}

static void print_paths(const json_t *answer)
{
	size_t i;
	json_t *p;

	printf("  %-8s %-12s %-12s %-24s %-24s %8s\n", "KIND", "AGENT", "UPLINK", "LOCAL", "REMOTE",
	       "RTT MS");
	json_array_foreach(json_object_get(answer, "paths"), i, p)
		print_path(p);
}

bool cmd_paths(const options *o, err *e)
{
	return show_answer(o->control, "paths", &o->show, print_paths, e);
}
