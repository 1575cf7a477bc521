/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include "base/clock.h"
#include "io/net/dns_ask.h"
#include "wanted_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)NAME_ADDRESSES == (int)DNS_ADDRESSES, "names.h, dns_answer.h");

enum { RETRY_MS = 5000, RETRY_HOME_REACHED_MS = 60000, UNREACHED_MS = 30000 };

struct resolver {
	io_loop *loop;
	resolved *done;
	void *ctx;
	char names_file[512]; /* "": none */
	io_timer *retry;
	wanted_names wanted;
	uplink uplinks[UPLINK_MAX];
	unsigned n_uplinks;
	dns_ask *ask;                 /* NULL: nobody is being asked */
	const char *asked[NAMES_MAX]; /* about these */
	unsigned n_asked;
	bool moved; /* the uplinks are not those that it is asked over */
	bool again; /* something else changed since it was asked */
	bool names, reached, complete, unsaved;
};

static void retry_in(resolver *r, uint64_t ms)
{
	io_timer_at(r->retry, clock_mono_ms() + ms);
}

static void set_retry_timer(resolver *r)
{
	if (r->reached && r->complete)
		io_timer_at(r->retry, UINT64_MAX);
	else if (r->reached)
		retry_in(r, RETRY_HOME_REACHED_MS);
	else
		retry_in(r, r->complete ? UNREACHED_MS : RETRY_MS);
}

/* Without the file the next start may be slower, no more: a failure is not reported. */
static void save(resolver *r)
{
	if (r->unsaved && *r->names_file)
		names_save(r->names_file, &r->wanted.known, NULL);
	r->unsaved = false;
}

static void report(resolver *r, bool asked)
{
	resolution out;

	wanted_names_resolve(&r->wanted, &out);
	out.asked = asked;
	out.complete = asked && r->complete;
	r->done(r->ctx, &out);
}

static void stop_asking(resolver *r)
{
	dns_ask_free(r->ask);
	r->ask = NULL;
}

static void take_answers(void *ctx, const dns_answer *answers)
{
	resolver *r = ctx;

	r->complete = true;
	for (unsigned i = 0; i < r->n_asked; i++) {
		r->complete &= answers[i].n > 0;
		r->unsaved |= names_put(&r->wanted.known, r->asked[i], answers[i].at, answers[i].n);
	}
	stop_asking(r);
	if (r->reached)
		save(r);
	set_retry_timer(r);
	report(r, true);
	if (r->again && !r->complete)
		resolver_ask(r);
}

static void start(resolver *r)
{
	const dns_ask_conf c = { .uplinks = r->uplinks, .n_uplinks = r->n_uplinks };

	r->moved = r->again = false;
	r->n_asked = wanted_names_list(&r->wanted, r->asked);
	if (r->n_asked == 0) {
		r->complete = true;
		report(r, true);
		return;
	}
	r->ask = dns_ask_new(r->loop, &c, r->asked, r->n_asked, take_answers, r, NULL);
	if (!r->ask)
		retry_in(r, RETRY_MS);
}

void resolver_ask(resolver *r)
{
	if (!r->names)
		return;
	if (r->ask && !r->moved) {
		r->again = true;
		return;
	}
	stop_asking(r);
	start(r);
}

static void on_retry(void *ctx)
{
	resolver_ask(ctx);
}

void resolver_report_known(resolver *r)
{
	if (r->wanted.known.n > 0)
		report(r, false);
}

static bool is_same_way(const uplink *a, const uplink *b)
{
	return uplink_is_same(a, b) && !uplink_has_moved(a, b) && a->has_default == b->has_default;
}

void resolver_uplinks(resolver *r, const uplink *list, size_t n)
{
	unsigned count = (unsigned)(n < UPLINK_MAX ? n : UPLINK_MAX);

	r->moved |= count != r->n_uplinks;
	for (unsigned i = 0; i < count && !r->moved; i++)
		r->moved = !is_same_way(&r->uplinks[i], &list[i]);
	memcpy(r->uplinks, list, count * sizeof *list);
	r->n_uplinks = count;
}

void resolver_home_reached(resolver *r, bool reached)
{
	if (!r || reached == r->reached)
		return;
	r->reached = reached;
	if (reached)
		save(r);
	if (r->names && !r->ask)
		set_retry_timer(r);
}

static void load(resolver *r, const char *names_file)
{
	known_names k;

	if (!names_file)
		return;
	snprintf(r->names_file, sizeof r->names_file, "%s", names_file);
	names_load(names_file, &k);
	wanted_names_know(&r->wanted, &k);
}

resolver *resolver_new(io_loop *l, const profile *p, const proxy_list *proxies,
		       const char *names_file, resolved *done, void *ctx, err *e)
{
	resolver *r = calloc(1, sizeof *r);

	if (!r) {
		err_sys(e, ENOMEM, "resolver");
		return NULL;
	}
	*r = (resolver){ .loop = l, .done = done, .ctx = ctx };
	wanted_names_take(&r->wanted, p, proxies);
	r->names = wanted_names_any(&r->wanted);
	load(r, names_file);
	r->retry = io_timer_new(l, on_retry, r, e);
	if (r->retry)
		return r;
	resolver_free(r);
	return NULL;
}

void resolver_free(resolver *r)
{
	if (!r)
		return;
	stop_asking(r);
	if (r->retry)
		io_timer_free(r->retry);
	free(r);
}
