/* SPDX-License-Identifier: MIT */
#include "cmds.h"
#include "show.h"

#include <stdio.h>
#include <unistd.h>

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "-";
}

static void print_path(const json_t *p)
{
	if (!json_is_object(p))
		return;
	json_t *rtt = json_object_get(p, "rtt_ms");
	printf("path        %s to %s by %s, %s to %s%s", text(p, "kind"), text(p, "agent"),
	       text(p, "uplink"), text(p, "local"), text(p, "remote"),
	       json_is_true(json_object_get(p, "nat")) ? ", behind a NAT" : "");
	if (json_is_string(json_object_get(p, "method")))
		printf(", by %s", text(p, "method"));
	if (json_is_string(json_object_get(p, "proxy")))
		printf(", proxy %s", text(p, "proxy"));
	if (json_is_real(rtt))
		printf(", round trip %.1f ms", json_real_value(rtt));
	putchar('\n');
	if (json_is_string(json_object_get(p, "unverified")))
		printf("carrier     not verified (%s); what is inside is\n", text(p, "unverified"));
}

static void print_sa(const json_t *sa)
{
	if (json_is_object(sa))
		printf("protected   %s, keys %lld s old\n", text(sa, "cipher"),
		       (long long)json_integer_value(json_object_get(sa, "age_s")));
}

static long long number(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void print_status(const json_t *s)
{
	const char *reason = json_string_value(json_object_get(s, "reason"));
	printf("state       %s%s%s\n", text(s, "state"), reason ? ": " : "", reason ? reason : "");
	printf("identity    %s\n", text(s, "identity"));
	printf("address     %s\n", text(s, "home_address"));
	print_path(json_object_get(s, "path"));
	print_sa(json_object_get(s, "sa"));
	if (json_is_string(json_object_get(s, "trouble")))
		printf("carriers    %s\n", text(s, "trouble"));
	printf("registered  for %lld s more, %lld moves\n", number(s, "lifetime_s"),
	       number(s, "handovers"));
	printf("sent        %lld octets in %lld packets\n", number(s, "tx_bytes"),
	       number(s, "tx_packets"));
	printf("received    %lld octets in %lld packets\n", number(s, "rx_bytes"),
	       number(s, "rx_packets"));
}

int cmd_status(const options *o)
{
	int r = command_show(o, "status", print_status);
	while (o->watch && r == 0) {
		sleep(1);
		if (!o->json)
			putchar('\n');
		r = command_show(o, "status", print_status);
	}
	return r;
}
