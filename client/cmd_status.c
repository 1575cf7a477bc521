/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdio.h>
#include <string.h>

static void print_path(const json_t *p)
{
	const json_t *rtt = json_object_get(p, "rtt_ms");

	if (!json_is_object(p))
		return;
	printf("path        %s to %s by %s, %s to %s%s", show_text(p, "kind"),
	       show_text(p, "agent"), show_text(p, "uplink"), show_text(p, "local"),
	       show_text(p, "remote"),
	       json_is_true(json_object_get(p, "nat")) ? ", behind a NAT" : "");
	if (json_is_string(json_object_get(p, "method")))
		printf(", by %s", show_text(p, "method"));
	if (json_is_string(json_object_get(p, "proxy")))
		printf(", proxy %s", show_text(p, "proxy"));
	if (json_is_real(rtt))
		printf(", round trip %.1f ms", json_real_value(rtt));
	putchar('\n');
	if (json_is_string(json_object_get(p, "unverified")))
		printf("carrier     not verified (%s); what is inside is\n",
		       show_text(p, "unverified"));
}

static const char *routes_text(const json_t *p)
{
	const char *r = show_text(p, "routes");

	return strcmp(r, "all") == 0    ? "everything"
	       : strcmp(r, "home") == 0 ? "the home network"
					: "the listed prefixes";
}

static void print_protection(const json_t *p)
{
	if (!json_is_object(p))
		return;
	printf("routes      %s %s%s%s\n", routes_text(p),
	       json_is_true(json_object_get(p, "leads")) ? "by the tunnel"
							 : "by the system's routes",
	       json_is_true(json_object_get(p, "closed")) ? " or not at all" : "",
	       json_is_true(json_object_get(p, "local")) ? ", but for local networks" : "");
	if (json_is_string(json_object_get(p, "trouble")))
		printf("neighbours  not kept out: %s\n", show_text(p, "trouble"));
	else if (json_is_true(json_object_get(p, "filter")))
		printf("neighbours  kept out by nftables: %lld packets dropped, and %lld on the "
		       "way out\n",
		       show_number(p, "dropped_in"), show_number(p, "dropped_out"));
}

static void print_status(const json_t *s)
{
	const json_t *sa = json_object_get(s, "sa");
	const char *reason = json_string_value(json_object_get(s, "reason"));

	printf("state       %s%s%s\n", show_text(s, "state"), reason ? ": " : "",
	       reason ? reason : "");
	printf("identity    %s\n", show_text(s, "identity"));
	printf("address     %s\n", show_text(s, "home_address"));
	print_path(json_object_get(s, "path"));
	if (json_is_object(sa))
		printf("protected   %s, keys %lld s old\n", show_text(sa, "cipher"),
		       show_number(sa, "age_s"));
	print_protection(json_object_get(s, "protection"));
	if (json_is_string(json_object_get(s, "trouble")))
		printf("carriers    %s\n", show_text(s, "trouble"));
	printf("registered  for %lld s more, %lld moves\n", show_number(s, "lifetime_s"),
	       show_number(s, "handovers"));
	printf("sent        %lld octets in %lld packets\n", show_number(s, "tx_bytes"),
	       show_number(s, "tx_packets"));
	printf("received    %lld octets in %lld packets\n", show_number(s, "rx_bytes"),
	       show_number(s, "rx_packets"));
}

bool cmd_status(const options *o, err *e)
{
	return show_answer(o->control, "status", &o->show, print_status, e);
}
