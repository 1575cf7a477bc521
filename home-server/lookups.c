/* SPDX-License-Identifier: MIT */
#include "lookups.h"
#include "base/clock.h"

#include <stdio.h>

enum { RETRY_MS = 5000, RETRY_MAX_MS = 300 * 1000 };

static void wait_before_retry(lookups *l)
{
	io_timer_at(l->retry, clock_mono_ms() + l->wait_ms);
	l->wait_ms *= 2;
	if (l->wait_ms > RETRY_MAX_MS)
		l->wait_ms = RETRY_MAX_MS;
}

/* One line, whatever the number of names. */
static void report_failure(lookups *l, const dns_answer *answers)
{
	const public_names *t = &l->settings->names;
	unsigned first = t->n, n = 0, n_unknown = 0;

	for (unsigned i = t->n; i-- > 0;) {
		if (answers[i].n)
			continue;
		first = i;
		n++;
		n_unknown += t->list[i].n == 0;
	}
	char others[24] = "";
	if (n > 1)
		snprintf(others, sizeof others, " and %u more", n - 1);
	log_error(&l->settings->log, "public name %s%s can't be looked up (%s): %s; trying again",
		  t->list[first].host, others,
		  answers[first].outcome == DNS_SILENT ? "no name server answers"
						       : "name servers have no address for it",
		  n_unknown ? "no address is known" : "the addresses known before stay in force");
}

static void take_answers(void *ctx, const dns_answer *answers)
{
	lookups *l = ctx;
	public_names *t = &l->settings->names;
	bool changed = false, complete = true;

	for (unsigned i = 0; i < t->n; i++) {
		changed |= public_names_put(t, i, &answers[i]);
		complete &= answers[i].n > 0;
	}
	if (changed)
		settings_fill_home(l->settings, l->settings->home.lan_ifindex);
	if (!complete && !l->is_failing)
		report_failure(l, answers);
	else if (complete && l->is_failing)
		log_info(&l->settings->log, "all public names are looked up");
	l->is_failing = !complete;
	if (!complete)
		wait_before_retry(l);
	dns_ask_free(l->ask);
	l->ask = NULL;
}

static void ask(void *ctx)
{
	const dns_ask_conf by_routes = { .by_routes = true };
	lookups *l = ctx;
	const public_names *t = &l->settings->names;
	const char *hosts[PUBLIC_NAMES];
	err e = { 0 };

	dns_ask_free(l->ask);
	l->ask = NULL;
	for (unsigned i = 0; i < t->n; i++)
		hosts[i] = t->list[i].host;
	if (t->n == 0)
		return;
	l->ask = dns_ask_new(l->loop, &by_routes, hosts, t->n, take_answers, l, &e);
	if (l->ask)
		return;
	log_error(&l->settings->log, "public names: %s", e.text);
	wait_before_retry(l);
}

bool lookups_open(lookups *l, io_loop *loop, settings *s, err *e)
{
	*l = (lookups){ .settings = s, .loop = loop, .retry = io_timer_new(loop, ask, l, e) };
	return l->retry != NULL;
}

void lookups_start(lookups *l)
{
	io_timer_at(l->retry, UINT64_MAX);
	l->wait_ms = RETRY_MS;
	l->is_failing = false;
	ask(l);
}

void lookups_close(lookups *l)
{
	dns_ask_free(l->ask);
	if (l->retry)
		io_timer_free(l->retry);
}
