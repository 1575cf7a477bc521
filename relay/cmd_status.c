/* SPDX-License-Identifier: MIT */
/* cmd_status.c - homeward-relay status: the daemon's answer, as text or as JSON. */
#include "options.h"

#include <stdio.h>

static void print_status(const json_t *o)
{
	const json_t *home = json_object_get(o, "home"), *denied = json_object_get(o, "denied");
	size_t i;
	const json_t *v;

	printf("relay %s of %s; home %s: link %s, %lld clients may register%s\n",
	       show_text(o, "name"), show_text(home, "realm"), show_text(home, "address"),
	       show_text(home, "link"), show_number(o, "admitted"),
	       json_is_true(json_object_get(home, "told_all")) ? "" : " (list incomplete)");
	printf("%lld visitors, %lld pending; denied: %lld not authentic, %lld replayed, "
	       "%lld malformed, %lld with the table full; %lld without an answer from home\n",
	       show_number(o, "n_visitors"), show_number(o, "pending"), show_number(denied, "auth"),
	       show_number(denied, "replay"), show_number(denied, "malformed"),
	       show_number(denied, "table_full"), show_number(denied, "timeouts"));
	if (json_array_size(json_object_get(o, "visitors")) > 0)
		printf("%-28s %6s %8s %14s %14s\n", "CLIENT", "PORT", "LEFT", "UP", "DOWN");
	json_array_foreach(json_object_get(o, "visitors"), i, v)
		printf("%-28s %6lld %7llds %14lld %14lld\n", show_text(v, "client"),
		       show_number(v, "port"), show_number(v, "lifetime_s"),
		       show_number(v, "up_bytes"), show_number(v, "down_bytes"));
}

bool cmd_status(const options *o, err *e)
{
	return show_answer(o->control, "status", &o->show, print_status, e);
}
