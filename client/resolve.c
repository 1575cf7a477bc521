/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include "base/clock.h"
#include "resolve_job.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { RETRY_MS = 5000, RETRY_HOME_REACHED_MS = 60000, UNREACHED_MS = 30000 };

/* The thread owns it until it has written to the eventfd, and frees it if it was abandoned. */
typedef struct lookup {
	pthread_mutex_t lock;
	resolve_job job;
	int event;
	bool finished, orphan;
} lookup;

struct resolver {
	io_loop *loop;
	resolved *done;
	void *ctx;
	char names_file[512]; /* "": none */
	io_watch *watch;
	io_timer *retry;
	int event;
	lookup *lookup;  /* NULL: none is running */
	resolve_job job; /* what the next one is given */
	bool names, again, reached, complete, unsaved;
};

static void lookup_free(lookup *a)
{
	close(a->event);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static void *run_lookup(void *arg)
{
	lookup *a = arg;
	uint64_t one = 1;

	resolve_job_run(&a->job, true);
	pthread_mutex_lock(&a->lock);
	a->finished = true;
	bool orphan = a->orphan;
	if (!orphan && write(a->event, &one, sizeof one) < 0)
		orphan = false; /* an eventfd takes one write */
	pthread_mutex_unlock(&a->lock);
	if (orphan)
		lookup_free(a);
	return NULL;
}

static void retry_in(resolver *r, uint64_t ms)
{
	io_timer_at(r->retry, clock_mono_ms() + ms);
}

static void start(resolver *r)
{
	pthread_t thread;
	lookup *a = calloc(1, sizeof *a);

	if (!a)
		return;
	a->job = r->job;
	pthread_mutex_init(&a->lock, NULL);
	a->event = dup(r->event);
	if (a->event < 0 || pthread_create(&thread, NULL, run_lookup, a) != 0) {
		lookup_free(a);
		retry_in(r, RETRY_MS);
		return;
	}
	pthread_detach(thread);
	r->lookup = a;
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
		names_save(r->names_file, &r->job.known, NULL);
	r->unsaved = false;
}

static void take_job(resolver *r, const resolve_job *j)
{
	memcpy(r->job.relays_at, j->relays_at, sizeof r->job.relays_at);
	r->job.known = j->known;
	r->unsaved |= j->changed;
	if (r->reached)
		save(r);
	r->complete = j->out.complete;
	set_retry_timer(r);
}

static void take_result(void *ctx)
{
	resolver *r = ctx;
	uint64_t n;

	if (read(r->event, &n, sizeof n) < 0 || !r->lookup)
		return;
	lookup *a = r->lookup;
	pthread_mutex_lock(&a->lock); /* the thread has left its last lines when this is ours */
	pthread_mutex_unlock(&a->lock);
	r->lookup = NULL;
	take_job(r, &a->job);
	r->done(r->ctx, &a->job.out);
	lookup_free(a);
	if (r->again)
		resolver_ask(r);
}

static void on_retry(void *ctx)
{
	resolver_ask(ctx);
}

void resolver_ask(resolver *r)
{
	if (!r->names)
		return;
	r->again = r->lookup != NULL;
	if (!r->lookup)
		start(r);
}

void resolver_report_known(resolver *r)
{
	if (r->job.known.n == 0)
		return;
	resolve_job_run(&r->job, false);
	r->done(r->ctx, &r->job.out);
}

void resolver_uplinks(resolver *r, const uplink *list, size_t n)
{
	r->job.n_uplinks = (unsigned)(n < UPLINK_MAX ? n : UPLINK_MAX);
	memcpy(r->job.uplinks, list, r->job.n_uplinks * sizeof *list);
}

void resolver_home_reached(resolver *r, bool reached)
{
	if (!r || reached == r->reached)
		return;
	r->reached = reached;
	if (reached)
		save(r);
	if (r->names && !r->lookup)
		set_retry_timer(r);
}

static void load(resolver *r, const char *names_file)
{
	known_names k;

	if (!names_file)
		return;
	snprintf(r->names_file, sizeof r->names_file, "%s", names_file);
	names_load(names_file, &k);
	resolve_job_know(&r->job, &k);
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
	resolve_job_take(&r->job, p, proxies);
	r->names = resolve_job_has_names(&r->job);
	load(r, names_file);
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->watch = r->event >= 0 ? io_watch_new(l, r->event, take_result, r, e) : NULL;
	r->retry = r->watch ? io_timer_new(l, on_retry, r, e) : NULL;
	if (r->retry)
		return r;
	resolver_free(r);
	return NULL;
}

static void abandon(lookup *a)
{
	pthread_mutex_lock(&a->lock);
	bool finished = a->finished;
	a->orphan = true;
	pthread_mutex_unlock(&a->lock);
	if (finished)
		lookup_free(a);
}

void resolver_free(resolver *r)
{
	if (!r)
		return;
	if (r->lookup)
		abandon(r->lookup);
	io_watch_free(r->watch);
	if (r->retry)
		io_timer_free(r->retry);
	if (r->event >= 0)
		close(r->event);
	free(r);
}
