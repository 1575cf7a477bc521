/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { RETRY_MS = 5000 };

/* One look-up; the thread owns it until it has written to the eventfd, and frees it if nobody
 * waits. */
typedef struct job {
	pthread_mutex_t lock;
	home_name homes[PROFILE_LIST];
	relay_name relays[CLIENT_RELAYS];
	home_name muxes[PROFILE_MUXES], proxies[PROXY_NAMES];
	unsigned n_homes, n_relays, n_muxes;
	endpoint known[CLIENT_RELAYS]; /* where each relay was last; addr.len 0: not known */
	resolution out;
	int event;
	bool finished, orphan;
} job;

struct resolver {
	io_loop *loop;
	const profile *profile;
	const proxy_list *proxies;
	resolved *done;
	void *ctx;
	io_watch *watch;
	io_timer *retry;
	int event;
	job *job;
	endpoint known[CLIENT_RELAYS];
	resolution last; /* of which multiplexers and proxies are kept */
	bool names, again;
};

/* Up to max addresses of the name, at its port. */
static unsigned look_up(job *j, const home_name *name, endpoint *to, unsigned max)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
					.ai_flags = name->literal ? AI_NUMERICHOST : 0 };
	struct addrinfo *found = NULL;
	unsigned n = 0;
	if (getaddrinfo(name->host, NULL, &hints, &found) != 0) {
		j->out.complete = false;
		return 0;
	}
	for (const struct addrinfo *a = found; a && n < max; a = a->ai_next)
		if (endpoint_from_sockaddr(a->ai_addr, &to[n]))
			to[n++].port = name->port;
	freeaddrinfo(found);
	return n;
}

bool resolve_keep(const endpoint *found, unsigned n, endpoint *known)
{
	if (n == 0)
		return known->addr.len != 0;
	for (unsigned i = 0; i < n; i++)
		if (found[0].addr.len == known->addr.len && endpoint_equal(&found[i], known))
			return true;
	*known = found[0];
	return true;
}

static void look_up_relay(job *j, unsigned i)
{
	enum { ADDRESSES = 8 };
	resolution *o = &j->out;
	endpoint found[ADDRESSES];
	reg_relay *r = &o->relays[o->n_relays];
	unsigned n = look_up(j, &j->relays[i].at, found, ADDRESSES);
	if (!resolve_keep(found, n, &j->known[i]))
		return;
	r->at = j->known[i];
	memcpy(r->name, j->relays[i].name, sizeof r->name);
	o->n_relays++;
}

static void look_up_kept(job *j, const home_name *name, resolved_name *to)
{
	resolved_name found;
	found.n = *name->host ? look_up(j, name, found.at, RESOLVE_ADDRESSES) : 0;
	if (found.n)
		*to = found;
}

static void look_up_all(job *j)
{
	resolution *o = &j->out;
	o->complete = true;
	for (unsigned i = 0; i < j->n_homes; i++)
		o->n_homes +=
			look_up(j, &j->homes[i], &o->homes[o->n_homes], CLIENT_HOMES - o->n_homes);
	for (unsigned i = 0; i < j->n_relays; i++)
		look_up_relay(j, i);
	for (unsigned i = 0; i < j->n_muxes; i++)
		look_up_kept(j, &j->muxes[i], &o->muxes[i]);
	for (unsigned i = 0; i < PROXY_NAMES; i++)
		look_up_kept(j, &j->proxies[i], &o->proxies[i]);
}

static void job_free(job *j)
{
	close(j->event);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

static void *work(void *arg)
{
	job *j = arg;
	uint64_t one = 1;
	look_up_all(j);
	pthread_mutex_lock(&j->lock);
	j->finished = true;
	bool orphan = j->orphan;
	if (!orphan && write(j->event, &one, sizeof one) < 0)
		orphan = false; /* an eventfd takes one write */
	pthread_mutex_unlock(&j->lock);
	if (orphan)
		job_free(j);
	return NULL;
}

static void start(resolver *r)
{
	pthread_t thread;
	job *j = calloc(1, sizeof *j);
	if (!j)
		return;
	memcpy(j->homes, r->profile->homes, sizeof j->homes);
	j->n_homes = r->profile->n_homes;
	memcpy(j->relays, r->profile->relays, sizeof j->relays);
	j->n_relays = r->profile->n_relays;
	for (unsigned i = 0; i < r->profile->n_muxes; i++)
		j->muxes[i] = r->profile->muxes[i].at;
	j->n_muxes = r->profile->n_muxes;
	memcpy(j->proxies, r->proxies->names, sizeof j->proxies);
	memcpy(j->out.muxes, r->last.muxes, sizeof j->out.muxes);
	memcpy(j->out.proxies, r->last.proxies, sizeof j->out.proxies);
	memcpy(j->known, r->known, sizeof j->known);
	pthread_mutex_init(&j->lock, NULL);
	j->event = dup(r->event);
	if (j->event < 0 || pthread_create(&thread, NULL, work, j) != 0) {
		job_free(j);
		io_timer_at(r->retry, clock_mono_ms() + RETRY_MS);
		return;
	}
	pthread_detach(thread);
	r->job = j;
}

static void take_result(void *ctx)
{
	resolver *r = ctx;
	uint64_t n;
	if (read(r->event, &n, sizeof n) < 0 || !r->job)
		return;
	job *j = r->job;
	pthread_mutex_lock(&j->lock); /* the thread has left its last lines when this is ours */
	pthread_mutex_unlock(&j->lock);
	r->job = NULL;
	memcpy(r->known, j->known, sizeof r->known);
	r->last = j->out;
	r->done(r->ctx, &j->out);
	if (!j->out.complete)
		io_timer_at(r->retry, clock_mono_ms() + RETRY_MS);
	job_free(j);
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
	r->again = r->job != NULL;
	if (!r->job)
		start(r);
}

static bool has_names(const profile *p, const proxy_list *proxies)
{
	bool names = p->n_muxes > 0; /* their addresses come by this way, literal or not */
	for (unsigned i = 0; i < p->n_homes; i++)
		names |= !p->homes[i].literal;
	for (unsigned i = 0; i < p->n_relays; i++)
		names |= !p->relays[i].at.literal;
	for (unsigned i = 0; i < PROXY_NAMES; i++)
		names |= *proxies->names[i].host != 0;
	return names;
}

resolver *resolver_new(io_loop *l, const profile *p, const proxy_list *proxies, resolved *done,
		       void *ctx, err *e)
{
	resolver *r = calloc(1, sizeof *r);
	if (!r) {
		err_sys(e, ENOMEM, "resolver");
		return NULL;
	}
	*r = (resolver){ .loop = l, .profile = p, .proxies = proxies, .done = done, .ctx = ctx };
	r->names = has_names(p, proxies);
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->watch = r->event >= 0 ? io_watch_new(l, r->event, take_result, r, e) : NULL;
	r->retry = r->watch ? io_timer_new(l, on_retry, r, e) : NULL;
	if (r->retry)
		return r;
	resolver_free(r);
	return NULL;
}

static void abandon(job *j)
{
	pthread_mutex_lock(&j->lock);
	bool finished = j->finished;
	j->orphan = true;
	pthread_mutex_unlock(&j->lock);
	if (finished)
		job_free(j);
}

void resolver_free(resolver *r)
{
	if (!r)
		return;
	if (r->job)
		abandon(r->job);
	io_watch_free(r->watch);
	if (r->retry)
		io_timer_free(r->retry);
	if (r->event >= 0)
		close(r->event);
	free(r);
}
