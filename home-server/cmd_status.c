/* SPDX-License-Identifier: MIT */
/* cmd_status.c - homeward-server status: the daemon's own words, or a table of them. */
#include "commands.h"

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

static void print_relay(const json_t *r)
{
	const bool linked = json_is_true(json_object_get(r, "linked"));

	printf("relay %s at %s: %s", text(r, "name"), text(r, "address"),
	       !linked                                        ? "not there"
	       : json_is_true(json_object_get(r, "told_all")) ? "there, knows all clients"
							      : "there, being told the clients");
	if (number(r, "refused") > 0)
		printf("; %lld refused for another KEY2", number(r, "refused"));
	putchar('\n');
}

static void table(const json_t *o)
{
	const json_t *list = json_object_get(o, "bindings"), *denied = json_object_get(o, "denied");
	size_t i;
	const json_t *b;

	printf("realm %s, %zu registered, %lld clients; denied: %lld unknown, %lld not authentic, "
	       "%lld replayed\n",
	       text(o, "realm"), json_array_size(list),
	       number(json_object_get(o, "counters"), "clients"), number(denied, "unknown"),
	       number(denied, "auth"), number(denied, "replay"));
	if (json_array_size(list) > 0)
		printf("%-28s %-16s %-28s %-12s %8s %12s %12s %5s\n", "IDENTITY", "HOME ADDRESS",
		       "CARE-OF", "VIA", "LEFT", "RECEIVED", "SENT", "MOVES");
	json_array_foreach(list, i, b)
		printf("%-28s %-16s %-24s %-3s %-12s %7llds %12lld %12lld %5lld\n",
		       text(b, "identity"), text(b, "home_address"), text(b, "care_of"),
		       json_is_true(json_object_get(b, "nat")) ? "NAT" : "", text(b, "via"),
		       number(b, "lifetime_s"), number(b, "rx_bytes"), number(b, "tx_bytes"),
		       number(b, "handovers"));
	json_array_foreach(json_object_get(o, "relays"), i, b) print_relay(b);
	json_array_foreach(json_object_get(o, "at_home"), i, b)
		printf("%-28s %-16s at home\n", text(b, "identity"), text(b, "home_address"));
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
