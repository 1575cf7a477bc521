/* SPDX-License-Identifier: MIT */
/* cmd_status.c - homeward-server status: the daemon's answer, as text or as JSON. */
#include "commands.h"

#include <stdio.h>

static void print_relay(const json_t *r)
{
	const bool linked = json_is_true(json_object_get(r, "linked"));

	printf("relay %s at %s: %s", show_text(r, "name"), show_text(r, "address"),
	       !linked                                        ? "not there"
	       : json_is_true(json_object_get(r, "told_all")) ? "connected, has all clients"
							      : "connected, receiving the clients");
	if (show_number(r, "refused") > 0)
		printf("; %lld refused with another KEY2", show_number(r, "refused"));
	putchar('\n');
}

static void print_status(const json_t *o)
{
	const json_t *list = json_object_get(o, "bindings"), *denied = json_object_get(o, "denied");
	size_t i;
	const json_t *b;

	printf("realm %s, %zu registered, %lld clients; denied: %lld unknown, %lld not authentic, "
	       "%lld replayed\n",
	       show_text(o, "realm"), json_array_size(list),
	       show_number(json_object_get(o, "counters"), "clients"),
	       show_number(denied, "unknown"), show_number(denied, "auth"),
	       show_number(denied, "replay"));
	if (json_array_size(list) > 0)
		printf("%-28s %-16s %-28s %-12s %8s %12s %12s %5s\n", "IDENTITY", "HOME ADDRESS",
		       "CARE-OF", "VIA", "LEFT", "RECEIVED", "SENT", "MOVES");
	json_array_foreach(list, i, b)
		printf("%-28s %-16s %-24s %-3s %-12s %7llds %12lld %12lld %5lld\n",
		       show_text(b, "identity"), show_text(b, "home_address"),
		       show_text(b, "care_of"),
		       json_is_true(json_object_get(b, "nat")) ? "NAT" : "", show_text(b, "via"),
		       show_number(b, "lifetime_s"), show_number(b, "rx_bytes"),
		       show_number(b, "tx_bytes"), show_number(b, "handovers"));
	json_array_foreach(json_object_get(o, "relays"), i, b)
		print_relay(b);
	json_array_foreach(json_object_get(o, "at_home"), i, b)
		printf("%-28s %-16s at home\n", show_text(b, "identity"),
		       show_text(b, "home_address"));
}

bool cmd_status(const options *o, err *e)
{
	return show_answer(o->control, "status", &o->show, print_status, e);
}
