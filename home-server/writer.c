/* SPDX-License-Identifier: MIT */
/* writer.c - a ring of jobs: [taken, written) are done and wait for writer_take(), [written, queued) wait for the
 * thread. */
#include "writer.h"

#include "base/clock.h"
#include "thread.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	JOBS = 8192,      /* a power of two; twice what the core has under way at most */
	REPORT_JOBS = 64, /* or when none is left, or after REPORT_US */
	REPORT_US = 1000,
};

typedef struct job {
	uint64_t number;
	uint32_t slot;
	bool forgotten, ok;
	home_client_state state;
} job;

struct writer {
	writer_save *save;
	void *ctx;
	int event;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, idle;
	bool stop, is_writing;
	uint32_t queued, written, taken, reported; /* counts */
	job jobs[JOBS];
};

static job *job_at(writer *w, uint32_t i)
{
	return &w->jobs[i % JOBS];
}

static void report(writer *w)
{
	const uint64_t one = 1;

	w->reported = w->written;
	while (write(w->event, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* With the lock, which it releases while it writes: meanwhile a job between written and queued can only be
 * forgotten. */
static void write_next(writer *w)
{
	job *j = job_at(w, w->written);

	if (!j->forgotten) {
		w->is_writing = true;
		pthread_mutex_unlock(&w->lock);
		bool ok = w->save(w->ctx, j->slot, &j->state);
		pthread_mutex_lock(&w->lock);
		w->is_writing = false;
		j->ok = ok;
		pthread_cond_signal(&w->idle);
	}
	w->written++;
}

static void *work(void *arg)
{
	writer *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->stop || w->written != w->queued) {
		if (w->written == w->queued) {
			pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		uint64_t until = clock_mono_us() + REPORT_US;
		while (w->written != w->queued && w->written - w->reported < REPORT_JOBS &&
		       clock_mono_us() < until)
			write_next(w);
		report(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

writer *writer_new(writer_save *save, void *ctx, err *e)
{
	writer *w = calloc(1, sizeof *w);

	if (!w) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	w->save = save;
	w->ctx = ctx;
	w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	pthread_cond_init(&w->idle, NULL);
	int why = w->event < 0 ? errno : thread_start(&w->thread, work, w);
	if (!why)
		return w;
	err_sys(e, why, "starting a thread");
	if (w->event >= 0)
		close(w->event);
	pthread_cond_destroy(&w->idle);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return NULL;
}

void writer_free(writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	close(w->event);
	pthread_cond_destroy(&w->idle);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

bool writer_queue(writer *w, uint64_t number, uint32_t slot, const home_client_state *s)
{
	pthread_mutex_lock(&w->lock);
	bool has_room = w->queued - w->taken < JOBS;
	if (has_room)
		*job_at(w, w->queued++) = (job){ .number = number, .slot = slot, .state = *s };
	pthread_mutex_unlock(&w->lock);
	return has_room;
}

void writer_flush(writer *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->written != w->queued && !w->is_writing)
		pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

int writer_fd(const writer *w)
{
	return w->event;
}

bool writer_take(writer *w, uint64_t *number, bool *ok)
{
	uint64_t count;

	pthread_mutex_lock(&w->lock);
	bool is_there = w->taken != w->written;
	if (is_there) {
		const job *j = job_at(w, w->taken++);
		*number = j->number;
		*ok = j->ok;
	} else {
		/* With the lock: a report that follows is not lost. */
		while (read(w->event, &count, sizeof count) < 0 && errno == EINTR)
			;
	}
	if (w->taken == w->queued) /* keeps to the first few of the ring */
		w->taken = w->written = w->queued = w->reported = 0;
	pthread_mutex_unlock(&w->lock);
	return is_there;
}

void writer_forget(writer *w, uint32_t slot)
{
	pthread_mutex_lock(&w->lock);
	while (w->is_writing && job_at(w, w->written)->slot == slot)
		pthread_cond_wait(&w->idle, &w->lock);
	for (uint32_t i = w->written; i != w->queued; i++)
		if (job_at(w, i)->slot == slot)
			job_at(w, i)->forgotten = true;
	pthread_mutex_unlock(&w->lock);
}
