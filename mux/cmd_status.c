/* SPDX-License-Identifier: MIT */
/* cmd_status.c - homeward-mux status: the daemon's own words, or a table of them. */
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
	const json_t *t = json_object_get(o, "tunnels"), *c = json_object_get(o, "counters"),
		     *r = json_object_get(o, "refused");
	size_t i;
	const json_t *v;

	json_array_foreach(json_object_get(o, "listen"), i, v)
		printf("listens on %s\n", json_string_value(v));
	json_array_foreach(json_object_get(o, "targets"), i, v)
		printf("target %s at %s\n", text(v, "name"), text(v, "address"));
	printf("%lld connections from %lld sources; tunnels: %lld connect-udp, %lld websocket, "
	       "%lld plain\n",
	       number(o, "connections"), number(o, "sources"), number(t, "connect_udp"),
	       number(t, "websocket"), number(t, "plain"));
	printf("up %lld octets in %lld datagrams, down %lld in %lld; dropped: %lld for slow "
	       "readers, %lld to targets that never answered, %lld not sent\n",
	       number(c, "up_bytes"), number(c, "up_packets"), number(c, "down_bytes"),
	       number(c, "down_packets"), number(c, "dropped_slow"),
	       number(c, "dropped_unanswered"), number(c, "not_sent"));
	printf("refused: %lld connections and %lld tunnels too many, %lld too fast, %lld sources "
	       "too many; %lld malformed, %lld timed out, %lld times a target was down\n",
	       number(r, "connections"), number(r, "tunnels"), number(r, "rate"),
	       number(r, "sources"), number(c, "malformed"), number(c, "timeouts"),
	       number(c, "target_down"));
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
