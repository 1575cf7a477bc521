/* SPDX-License-Identifier: MIT */
/* script.c - Links are named by their numbers, so that nothing from outside gets into the text. A number is not used
 * again, so what a killed daemon leaves lets nobody in. */
#include "io/filter/script.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { LOOPBACK = 1 /* the link's number in every network namespace */ };

typedef struct text {
	char *to;
	size_t n;
	bool full;
} text;

static void put(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(t->to + t->n, FILTER_SCRIPT - t->n, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= FILTER_SCRIPT - t->n)
		t->full = true;
	else
		t->n += (size_t)n;
}

static void put_links(text *t, const char *which, const filter_rules *f)
{
	put(t, "%s { %d, %" PRIu32, which, LOOPBACK, f->tunnel);
	if (f->home_link)
		put(t, ", %" PRIu32, f->home_link);
	put(t, " } accept\n");
}

static const char *family(const ip_addr *a)
{
	return a->len == 16 ? "ip6" : "ip";
}

static void put_address(text *t, const ip_addr *a, const char *end, const char *counter)
{
	char shown[ADDR_STRLEN];

	if (a->len)
		put(t, "%s %s %s counter name %s drop\n", family(a), end, ip_format(a, shown),
		    counter);
}

static void put_destination(text *t, const ip_prefix *p, const char *verdict)
{
	char shown[ENDPOINT_STRLEN];

	if (p->bits)
		put(t, "%s daddr %s %s\n", family(&p->addr), prefix_format(p, shown), verdict);
	else
		put(t, "meta nfproto %s %s\n", p->addr.len == 16 ? "ipv6" : "ipv4", verdict);
}

static void put_arriving(text *t, const filter_rules *f)
{
	put(t, "chain arriving {\n");
	put_links(t, "iif", f);
	put_address(t, &f->home4, "daddr", "in");
	put_address(t, &f->home4, "saddr", "in");
	put_address(t, &f->home6, "daddr", "in");
	put_address(t, &f->home6, "saddr", "in");
	put(t, "}\n");
}

/* Without these a link does not work: DHCP (RFC 2131, RFC 8415), IGMP (RFC 3376), MLD (RFC 3810), router and neighbour
 * discovery (RFC 4861). */
static void put_link_protocols(text *t)
{
	put(t, "udp sport 68 udp dport 67 accept\n"
	       "udp sport 546 udp dport 547 accept\n"
	       "meta nfproto ipv4 meta l4proto 2 accept\n"
	       "icmpv6 type { 130, 131, 132, 143, 133, 134, 135, 136 } accept\n");
}

static void put_leaving(text *t, const filter_rules *f)
{
	put(t, "chain leaving {\n");
	put_links(t, "oif", f);
	put(t, "iif %" PRIu32 " accept\n", f->tunnel); /* to a container, say, of this machine */
	if (f->mark)
		put(t, "meta mark %" PRIu32 " accept\n", f->mark);
	put_address(t, &f->home4, "saddr", "out");
	put_address(t, &f->home6, "saddr", "out");
	put_link_protocols(t);
	for (unsigned i = 0; i < f->n_local; i++)
		put_destination(t, &f->local[i], "accept");
	for (unsigned i = 0; i < f->n_closed; i++)
		put_destination(t, &f->closed[i], "counter name out drop");
	put(t, "}\n");
}

static void put_asked(text *t, const filter_rules *f)
{
	char shown[ADDR_STRLEN];

	put(t, "chain asked {\n");
	put_links(t, "iif", f);
	if (f->home4.len)
		put(t, "arp daddr ip %s counter name in drop\n", ip_format(&f->home4, shown));
	put(t, "}\n");
}

/* Counters are kept, and rules replaced. Priority -300 is before connection tracking, which need not remember what is
 * dropped, and before a masquerade changes the source. */
static void put_frame(text *t, uint32_t id)
{
	put(t,
	    "table inet homeward-%" PRIu32 " {\ncounter in { }\ncounter out { }\n"
	    "chain arriving { type filter hook prerouting priority -300; policy accept; }\n"
	    "chain leaving { type filter hook postrouting priority -300; policy accept; }\n}\n"
	    "table arp homeward-%" PRIu32 " {\ncounter in { }\n"
	    "chain asked { type filter hook input priority 0; policy accept; }\n}\n"
	    "flush table inet homeward-%" PRIu32 "\nflush table arp homeward-%" PRIu32 "\n",
	    id, id, id, id);
}

/* Deleting what is not there is an error, so it is added first. */
static void put_removal(text *t, uint32_t id)
{
	static const char *const families[] = { "inet", "arp" };

	for (unsigned i = 0; i < 2; i++)
		put(t, "add table %s homeward-%" PRIu32 "\ndelete table %s homeward-%" PRIu32 "\n",
		    families[i], id, families[i], id);
}

bool filter_script(const filter_rules *f, char out[FILTER_SCRIPT])
{
	text t = { .to = out };

	put_frame(&t, f->id);
	put(&t, "table inet homeward-%" PRIu32 " {\n", f->id);
	put_arriving(&t, f);
	put_leaving(&t, f);
	put(&t, "}\ntable arp homeward-%" PRIu32 " {\n", f->id);
	put_asked(&t, f);
	put(&t, "}\n");
	return !t.full;
}

void filter_script_remove(uint32_t id, char out[FILTER_SCRIPT])
{
	text t = { .to = out };

	put_removal(&t, id);
}

void filter_script_count(uint32_t id, char out[FILTER_SCRIPT])
{
	text t = { .to = out };

	put(&t,
	    "list counters table inet homeward-%" PRIu32
	    "\nlist counters table arp homeward-%" PRIu32 "\n",
	    id, id);
}
