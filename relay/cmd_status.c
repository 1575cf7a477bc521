/* SPDX-License-Identifier: MIT */
/* cmd_status.c - homeward-relay status: the daemon's own words, or a table of them. */
#include "options.h"

#include "io/daemon/control.h"
#include <stdio.h>

enum { STATUS_TIMEOUT_MS = 10000 };

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "-";
}

static long long number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void table(const json_t *o)
{
	const json_t *home = json_object_get(o, "home"), *denied = json_object_get(o, "denied");
	size_t i;
	const json_t *v;

	printf("relay %s of %s; home %s: link %s, %lld clients may register%s\n", text(o, "name"),
	       text(home, "realm"), text(home, "address"), text(home, "link"),
	       number(o, "admitted"),
	       json_is_true(json_object_get(home, "told_all")) ? "" : " (not told all)");
	printf("%lld visitors, %lld pending; denied: %lld not authentic, %lld replayed, "
	       "%lld malformed, %lld for a full table; %lld without an answer of home\n",
	       number(o, "n_visitors"), number(o, "pending"), number(denied, "auth"),
	       number(denied, "replay"), number(denied, "malformed"), number(denied, "table_full"),
	       number(denied, "timeouts"));
	if (json_array_size(json_object_get(o, "visitors")) > 0)
		printf("%-28s %6s %8s %14s %14s\n", "CLIENT", "PORT", "LEFT", "UP", "DOWN");
	json_array_foreach(json_object_get(o, "visitors"), i, v)
		printf("%-28s %6lld %7llds %14lld %14lld\n", text(v, "client"), number(v, "port"),
		       number(v, "lifetime_s"), number(v, "up_bytes"), number(v, "down_bytes"));
}

int cmd_status(const options *o)
{
	err e = { 0 };
	json_t *reply = control_call(o->control, "status", NULL, STATUS_TIMEOUT_MS, &e);

	if (!reply)
		return cmd_failed(&e);
	if (o->json) {
		json_dumpf(reply, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	} else {
		table(reply);
	}
	json_decref(reply);
	return EXIT_OK;
}
