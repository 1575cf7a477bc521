/* SPDX-License-Identifier: MIT */
/* cmd_status.c - homeward-mux status: the daemon's answer, as text or as JSON. */
#include "options.h"

#include <stdio.h>

static void print_status(const json_t *o)
{
	const json_t *t = json_object_get(o, "tunnels"), *c = json_object_get(o, "counters"),
		     *r = json_object_get(o, "refused"), *u = json_object_get(o, "unproven");
	size_t i;
	const json_t *v;

	json_array_foreach(json_object_get(o, "listen"), i, v)
		printf("listens on %s\n", json_string_value(v));
	json_array_foreach(json_object_get(o, "targets"), i, v)
		printf("target %s at %s\n", show_text(v, "name"), show_text(v, "address"));
	printf("%lld connections from %lld sources; tunnels: %lld connect-udp, %lld websocket, "
	       "%lld plain\n",
	       show_number(o, "connections"), show_number(o, "sources"),
	       show_number(t, "connect_udp"), show_number(t, "websocket"), show_number(t, "plain"));
	printf("of those without an association %lld connections, %lld tunnels; about %lld MiB of "
	       "memory\n",
	       show_number(u, "connections"), show_number(u, "tunnels"),
	       show_number(o, "memory") >> 20);
	printf("up %lld octets in %lld datagrams, down %lld in %lld; dropped: %lld for slow "
	       "readers, %lld beyond what is allowed without an association, %lld foreign, %lld "
	       "not sent\n",
	       show_number(c, "up_bytes"), show_number(c, "up_packets"),
	       show_number(c, "down_bytes"), show_number(c, "down_packets"),
	       show_number(c, "dropped_slow"), show_number(c, "dropped_unanswered"),
	       show_number(c, "dropped_foreign"), show_number(c, "not_sent"));
	printf("refused: %lld connections and %lld tunnels too many of one source, %lld too fast, "
	       "%lld "
	       "sources too many, %lld for want of room; given up for that: %lld connections, %lld "
	       "tunnels\n",
	       show_number(r, "connections"), show_number(r, "tunnels"), show_number(r, "rate"),
	       show_number(r, "sources"), show_number(r, "full"),
	       show_number(c, "given_up_connections"), show_number(c, "given_up_tunnels"));
	printf("%lld malformed, %lld timed out, %lld times a target was down\n",
	       show_number(c, "malformed"), show_number(c, "timeouts"),
	       show_number(c, "target_down"));
}

bool cmd_status(const options *o, err *e)
{
	return show_answer(o->control, "status", &o->show, print_status, e);
}
