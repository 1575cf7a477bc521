/* SPDX-License-Identifier: MIT */
/* dns_ask.c - Theory of operation. An exchange is with one name server over one uplink (dns_exchange.h). Each is asked for
 * both kinds of addresses of each name at once; the first addresses of a kind settle it, as does a negative answer in
 * every exchange. Once one kind is there the other is waited for a moment only (as in RFC 8305 3). */
#include "io/net/dns_ask.h"
#include "base/clock.h"
#include "io/net/dns_conf.h"
#include "io/net/dns_exchange.h"
#include "io/net/dns_hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TRY_MS = 1000, OTHER_KIND_MS = 300, EXCHANGES = 16 };
enum { V4, V6, KINDS };
static const int families[KINDS] = { AF_INET, AF_INET6 };

typedef struct wanted {
	char *name;
	bool is_settled, is_answered;
	uint64_t until_ms; /* UINT64_MAX: as long as it takes */
	dns_answer found[KINDS];
	unsigned n_open[KINDS]; /* exchanges that have not answered */
} wanted;

typedef struct question {
	dns_ask *owner;
	wanted *about;
	unsigned kind;
} question;

struct dns_ask {
	io_loop *loop;
	dns_done *done;
	void *ctx;
	bool v6_first;
	unsigned try_ms, other_kind_ms;
	io_timer *timer;
	dns_exchange *exchanges[EXCHANGES];
	unsigned n_exchanges, n;
	wanted *names;       /* n */
	dns_answer *answers; /* n */
	question *questions; /* for each exchange, name and kind */
};

/* --- whom to ask --- */

static void settle(void *ctx);

static void add_exchange(dns_ask *a, const endpoint *server, const uplink *up)
{
	const dns_exchange_conf c = {
		.server = *server, .up = up, .try_ms = a->try_ms, .turn_ended = settle, .ctx = a
	};
	dns_exchange *x = a->n_exchanges < EXCHANGES ? dns_exchange_open(a->loop, &c, NULL) : NULL;

	if (x)
		a->exchanges[a->n_exchanges++] = x;
}

static bool leads_to(const uplink *u, const endpoint *server)
{
	if (ip_is_link_local6(&server->addr))
		return u->ifindex == server->scope;
	return uplink_can_reach(u, &server->addr);
}

/* Several addresses of one link are one exchange. */
static void add_exchanges(dns_ask *a, const dns_ask_conf *c, const endpoint *server)
{
	uint32_t last = 0;

	if (c->by_routes || dns_conf_is_here(server)) {
		add_exchange(a, server, NULL);
		return;
	}
	for (unsigned i = 0; i < c->n_uplinks; i++) {
		if (c->uplinks[i].ifindex == last || !leads_to(&c->uplinks[i], server))
			continue;
		add_exchange(a, server, &c->uplinks[i]);
		last = c->uplinks[i].ifindex;
	}
}

/* Files that are not there stand for this machine itself, which is asked already. */
static void add_upstream(dns_ask *a, const dns_ask_conf *c)
{
	const char *files[] = { "/run/systemd/resolve/resolv.conf",
				"/run/NetworkManager/no-stub-resolv.conf" };
	endpoint servers[DNS_SERVERS];

	if (c->upstream)
		files[0] = files[1] = c->upstream;
	for (unsigned i = 0; i < 2; i++) {
		unsigned n = dns_conf_servers(files[i], servers);
		for (unsigned k = 0; k < n; k++)
			if (!dns_conf_is_loopback(&servers[k].addr))
				add_exchanges(a, c, &servers[k]);
	}
}

static bool has_v6(const dns_ask_conf *c)
{
	for (unsigned i = 0; i < c->n_uplinks; i++)
		if (c->uplinks[i].local.addr.len == 16 && c->uplinks[i].has_default)
			return true;
	return false;
}

/* --- what they answer --- */

static void take_answer(void *ctx, const dns_answer *answer)
{
	const question *q = ctx;
	wanted *w = q->about;

	w->n_open[q->kind]--;
	w->is_answered |= answer->outcome != DNS_SILENT;
	if (answer->outcome != DNS_FOUND || w->found[q->kind].n)
		return;
	w->found[q->kind] = *answer;
	uint64_t until = clock_mono_ms() + q->owner->other_kind_ms;
	if (until < w->until_ms)
		w->until_ms = until;
}

static bool can_settle(const wanted *w, uint64_t now)
{
	if (w->is_settled || now >= w->until_ms)
		return true;
	for (unsigned kind = 0; kind < KINDS; kind++)
		if (!w->found[kind].n && w->n_open[kind])
			return false;
	return true;
}

/* Either kind has half of the room for sure. */
static void choose(const wanted *w, bool v6_first, dns_answer *out)
{
	enum { HALF = DNS_ADDRESSES / 2 };
	const dns_answer *first = &w->found[v6_first ? V6 : V4];
	const dns_answer *second = &w->found[v6_first ? V4 : V6];
	unsigned n2 = second->n, n1 = first->n;
	unsigned least = n2 < HALF ? n2 : HALF;

	if (n1 > DNS_ADDRESSES - least)
		n1 = DNS_ADDRESSES - least;
	if (n2 > DNS_ADDRESSES - n1)
		n2 = DNS_ADDRESSES - n1;
	*out = (dns_answer){ .n = n1 + n2 };
	memcpy(out->at, first->at, n1 * sizeof *out->at);
	memcpy(out->at + n1, second->at, n2 * sizeof *out->at);
	out->outcome = out->n ? DNS_FOUND : w->is_answered ? DNS_NOT_FOUND : DNS_SILENT;
}

static void close_exchanges(dns_ask *a)
{
	for (unsigned i = 0; i < a->n_exchanges; i++)
		dns_exchange_close(a->exchanges[i]);
	a->n_exchanges = 0;
}

/* At the end of each turn: no call of c-ares is on the stack. */
static void settle(void *ctx)
{
	dns_ask *a = ctx;
	uint64_t now = clock_mono_ms(), next = UINT64_MAX;
	bool all = true;

	for (unsigned i = 0; i < a->n; i++) {
		wanted *w = &a->names[i];
		w->is_settled = can_settle(w, now);
		all &= w->is_settled;
		if (!w->is_settled && w->until_ms < next)
			next = w->until_ms;
	}
	io_timer_at(a->timer, next);
	if (!all)
		return;
	close_exchanges(a);
	for (unsigned i = 0; i < a->n; i++)
		if (a->answers[i].outcome != DNS_FOUND) /* else hosts(5) had it */
			choose(&a->names[i], a->v6_first, &a->answers[i]);
	a->done(a->ctx, a->answers);
}

/* --- the questions --- */

static void ask_about(dns_ask *a, unsigned i)
{
	wanted *w = &a->names[i];

	w->is_settled = dns_hosts_find(w->name, &a->answers[i]);
	if (w->is_settled)
		return;
	for (unsigned kind = 0; kind < KINDS; kind++)
		w->n_open[kind] = a->n_exchanges;
	for (unsigned k = 0; k < a->n_exchanges; k++)
		for (unsigned kind = 0; kind < KINDS; kind++) {
			question *q = &a->questions[(k * a->n + i) * KINDS + kind];
			*q = (question){ a, w, kind };
			dns_exchange_ask(a->exchanges[k], w->name, families[kind], take_answer, q);
		}
}

static bool take_names(dns_ask *a, const char *const *names, unsigned n)
{
	a->names = calloc(n, sizeof *a->names);
	a->answers = calloc(n, sizeof *a->answers);
	a->questions = calloc((size_t)EXCHANGES * n * KINDS, sizeof *a->questions);
	if (!a->names || !a->answers || !a->questions)
		return false;
	for (; a->n < n; a->n++) {
		a->names[a->n] = (wanted){ .name = strdup(names[a->n]), .until_ms = UINT64_MAX };
		if (!a->names[a->n].name)
			return false;
	}
	return true;
}

static void start(dns_ask *a, const dns_ask_conf *c)
{
	endpoint servers[DNS_SERVERS];
	unsigned n =
		dns_conf_servers(c->resolv_conf ? c->resolv_conf : "/etc/resolv.conf", servers);

	bool stub = false;
	for (unsigned i = 0; i < n; i++) {
		add_exchanges(a, c, &servers[i]);
		stub |= dns_conf_is_loopback(&servers[i].addr);
	}
	if (stub && !c->by_routes)
		add_upstream(a, c);
	for (unsigned i = 0; i < a->n; i++)
		ask_about(a, i);
	io_timer_at(a->timer, clock_mono_ms()); /* some may be settled already */
}

dns_ask *dns_ask_new(io_loop *l, const dns_ask_conf *c, const char *const *names, unsigned n,
		     dns_done *done, void *ctx, err *e)
{
	dns_ask *a = calloc(1, sizeof *a);

	if (!a || !take_names(a, names, n)) {
		dns_ask_free(a);
		err_sys(e, ENOMEM, "resolver");
		return NULL;
	}
	a->loop = l;
	a->done = done;
	a->ctx = ctx;
	a->v6_first = has_v6(c);
	a->try_ms = c->try_ms ? c->try_ms : TRY_MS;
	a->other_kind_ms = c->other_kind_ms ? c->other_kind_ms : OTHER_KIND_MS;
	a->timer = io_timer_new(l, settle, a, e);
	if (!a->timer) {
		dns_ask_free(a);
		return NULL;
	}
	start(a, c);
	return a;
}

void dns_ask_free(dns_ask *a)
{
	if (!a)
		return;
	close_exchanges(a);
	if (a->timer)
		io_timer_free(a->timer);
	for (unsigned i = 0; i < a->n; i++)
		free(a->names[i].name);
	free(a->names);
	free(a->answers);
	free(a->questions);
	free(a);
}

typedef struct waiting {
	io_loop *loop;
	dns_answer *out;
} waiting;

static void end_wait(void *ctx, const dns_answer *answers)
{
	waiting *w = ctx;

	*w->out = answers[0];
	io_loop_stop(w->loop);
}

bool dns_ask_wait(const dns_ask_conf *c, const char *name, dns_answer *out, err *e)
{
	waiting w = { .loop = io_loop_new(e), .out = out };
	dns_ask *a = w.loop ? dns_ask_new(w.loop, c, &name, 1, end_wait, &w, e) : NULL;

	if (a)
		io_loop_run(w.loop);
	dns_ask_free(a);
	io_loop_free(w.loop);
	return a != NULL;
}
