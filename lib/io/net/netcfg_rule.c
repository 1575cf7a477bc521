/* SPDX-License-Identifier: MIT */
/* netcfg_rule.c - rules of policy routing (ip-rule(8)). Those with our protocol number are ours. */
#include "io/net/netcfg_rule.h"
#include "io/net/netcfg_priv.h"
#include <errno.h>
#include <linux/fib_rules.h>
#include <string.h>
#include <unistd.h>

static uint8_t action_of(const netcfg_rule *r)
{
	static const uint8_t actions[] = { [NETCFG_LOOKUP] = FR_ACT_TO_TBL,
					   [NETCFG_GOTO] = FR_ACT_GOTO,
					   [NETCFG_NOP] = FR_ACT_NOP,
					   [NETCFG_UNREACHABLE] = FR_ACT_UNREACHABLE };

	return actions[r->action];
}

static void put_port(nl_request *q, uint16_t attr, uint16_t port)
{
	const struct fib_rule_port_range range = { .start = port, .end = port };

	if (port)
		nl_put(q, attr, &range, sizeof(range));
}

static void put_selectors(nl_request *q, const netcfg_rule *r)
{
	if (r->to.bits)
		nl_put_addr(q, FRA_DST, &r->to.addr);
	if (r->from.bits)
		nl_put_addr(q, FRA_SRC, &r->from.addr);
	if (r->mark)
		nl_put_u32(q, FRA_FWMARK, r->mark);
	if (r->link[0])
		nl_put(q, FRA_IIFNAME, r->link, strlen(r->link) + 1);
	if (r->protocol)
		nl_put(q, FRA_IP_PROTO, &r->protocol, sizeof(r->protocol));
	put_port(q, FRA_SPORT_RANGE, r->sport);
	put_port(q, FRA_DPORT_RANGE, r->dport);
}

static void rule_request(nl_request *q, const netcfg_rule *r, bool add)
{
	const struct fib_rule_hdr h = { .family = (uint8_t)r->family,
					.dst_len = r->to.bits,
					.src_len = r->from.bits,
					.action = action_of(r) };
	const uint8_t ours = NETCFG_PROTO;

	nl_begin(q, add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0, &h,
		 sizeof(h));
	nl_put_u32(q, FRA_PRIORITY, r->priority);
	nl_put(q, FRA_PROTOCOL, &ours, sizeof(ours));
	if (r->action == NETCFG_LOOKUP)
		nl_put_u32(q, FRA_TABLE, r->target);
	if (r->action == NETCFG_GOTO)
		nl_put_u32(q, FRA_GOTO, r->target);
	put_selectors(q, r);
}

bool netcfg_rule_set(netcfg *c, const netcfg_rule *r, bool add, err *e)
{
	/* EAFNOSUPPORT: the system has no IPv6, and so nothing to route. */
	static const int there[] = { EEXIST, EAFNOSUPPORT }, gone[] = { ENOENT, EAFNOSUPPORT };
	nl_request q;

	rule_request(&q, r, add);
	int why = netcfg_ask(c, &q, add ? there : gone, 2);
	return !why || err_sys(e, why, "%s routing rule %u of IPv%d", add ? "adding" : "removing",
			       r->priority, r->family == AF_INET6 ? 6 : 4);
}

static uint16_t port_of(const nl_attr *a)
{
	struct fib_rule_port_range range = { 0 };

	if (a->value.n == sizeof(range))
		memcpy(&range, a->value.p, sizeof(range));
	return range.start;
}

static void read_attr(const nl_attr *a, netcfg_rule *r, uint8_t *proto)
{
	if (a->type == FRA_PRIORITY)
		r->priority = nl_u32(a);
	else if (a->type == FRA_PROTOCOL && a->value.n == 1)
		*proto = a->value.p[0];
	else if (a->type == (r->action == NETCFG_LOOKUP ? FRA_TABLE : FRA_GOTO))
		r->target = nl_u32(a);
	else if (a->type == FRA_DST)
		r->to.addr = nl_addr(a);
	else if (a->type == FRA_SRC)
		r->from.addr = nl_addr(a);
	else if (a->type == FRA_FWMARK)
		r->mark = nl_u32(a);
	else if (a->type == FRA_IIFNAME && a->value.n <= sizeof(r->link))
		memcpy(r->link, a->value.p, a->value.n);
	else if (a->type == FRA_IP_PROTO && a->value.n == 1)
		r->protocol = a->value.p[0];
	else if (a->type == FRA_SPORT_RANGE)
		r->sport = port_of(a);
	else if (a->type == FRA_DPORT_RANGE)
		r->dport = port_of(a);
}

static bool read_action(uint8_t action, netcfg_rule_action *out)
{
	for (netcfg_rule_action k = NETCFG_LOOKUP; k < NETCFG_N_ACTIONS; k++)
		if (action_of(&(netcfg_rule){ .action = k }) == action) {
			*out = k;
			return true;
		}
	return false;
}

static void find_ours(void *ctx, const nl_message *m)
{
	netcfg_rules *out = ctx;
	struct fib_rule_hdr h;
	nl_cursor attrs;
	nl_attr a;
	netcfg_rule r = { 0 };
	uint8_t proto = 0;

	if (m->type != RTM_NEWRULE || !nl_body(m, &h, sizeof(h), &attrs) ||
	    !read_action(h.action, &r.action))
		return;
	r.family = h.family;
	r.to.bits = h.dst_len;
	r.from.bits = h.src_len;
	while (nl_next_attr(&attrs, &a))
		read_attr(&a, &r, &proto);
	if (proto != NETCFG_PROTO)
		return;
	if (out->n < NETCFG_RULES_MAX)
		out->rule[out->n++] = r;
}

static int dump_family(netcfg *c, uint8_t family, netcfg_rules *out)
{
	enum { ATTEMPTS = 8 };
	const struct fib_rule_hdr h = { .family = family };
	const unsigned before = out->n;
	nl_request q;
	int why = EAGAIN;

	for (int i = 0; i < ATTEMPTS && why == EAGAIN; i++) {
		out->n = before;
		nl_begin(&q, RTM_GETRULE, 0, &h, sizeof(h));
		why = nl_dump(&c->nl, &q, find_ours, out);
	}
	return why;
}

/* A kernel with IPv6 but without policy routing for it would let IPv6 past the tunnel. */
static bool has_ip6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool netcfg_rules_list(netcfg *c, netcfg_rules *out, err *e)
{
	out->n = 0;
	int why = dump_family(c, AF_INET, out);
	if (!why && has_ip6())
		why = dump_family(c, AF_INET6, out);
	if (why == EOPNOTSUPP || why == EAFNOSUPPORT)
		return err_set(e, ERR_SYSTEM,
			       "the kernel has no policy routing (CONFIG_IP_MULTIPLE_TABLES, "
			       "CONFIG_IPV6_MULTIPLE_TABLES)");
	return !why || err_sys(e, why, "reading routing rules");
}

static bool is_same_prefix(const ip_prefix *a, const ip_prefix *b)
{
	return a->bits == b->bits && (a->bits == 0 || ip_equal(&a->addr, &b->addr));
}

bool netcfg_rule_equal(const netcfg_rule *a, const netcfg_rule *b)
{
	return a->family == b->family && a->priority == b->priority && a->action == b->action &&
	       a->target == b->target && is_same_prefix(&a->to, &b->to) &&
	       is_same_prefix(&a->from, &b->from) && a->mark == b->mark &&
	       strcmp(a->link, b->link) == 0 && a->protocol == b->protocol &&
	       a->sport == b->sport && a->dport == b->dport;
}
