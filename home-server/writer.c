/* SPDX-License-Identifier: MIT */
/* writer.c - a ring of jobs: [taken, written) are done and wait for writer_take(), [written, grouped) are the thread's,
 * which has given up the lock, [grouped, queued) wait for it. */
#include "writer.h"

#include "thread.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	JOBS = 8192, /* a power of two; twice what the core has under way at most */
	GROUP_JOBS = 256,
};

typedef struct job {
	writer_result result;
	uint32_t slot;
	home_client_state state;
} job;

struct writer {
	writer_disk disk;
	int event;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	uint32_t queued, grouped, written, taken; /* counts */
	job jobs[JOBS];
};

static job *job_at(writer *w, uint32_t i)
{
	return &w->jobs[i % JOBS];
}

static void report(writer *w)
{
	const uint64_t one = 1;

	while (write(w->event, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* --- in the thread --- */

/* A task is a group of its own. With the lock. */
static uint32_t find_group_end(writer *w)
{
	uint32_t end = w->written + 1;

	if (job_at(w, w->written)->result.task)
		return end;
	while (end != w->queued && end - w->written < GROUP_JOBS && !job_at(w, end)->result.task)
		end++;
	return end;
}

static bool save_group(writer *w, uint32_t from, uint32_t end)
{
	bool any = false;

	for (uint32_t i = from; i != end; i++) {
		job *j = job_at(w, i);

		if (j->result.outcome == WRITER_FORGOTTEN)
			continue;
		bool ok = w->disk.save(w->disk.ctx, j->slot, &j->state);
		j->result.outcome = ok ? WRITER_DURABLE : WRITER_FAILED;
		any = any || ok;
	}
	return any;
}

static void fail_group(writer *w, uint32_t from, uint32_t end)
{
	for (uint32_t i = from; i != end; i++)
		if (job_at(w, i)->result.outcome == WRITER_DURABLE)
			job_at(w, i)->result.outcome = WRITER_FAILED;
}

static void do_group(writer *w, uint32_t from, uint32_t end)
{
	writer_task *task = job_at(w, from)->result.task;

	if (task)
		task->run(task);
	else if (save_group(w, from, end) && !w->disk.sync(w->disk.ctx))
		fail_group(w, from, end);
}

static void *work(void *arg)
{
	writer *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		if (w->written == w->queued) {
			pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		uint32_t from = w->written, end = w->grouped = find_group_end(w);
		pthread_mutex_unlock(&w->lock);
		do_group(w, from, end);
		pthread_mutex_lock(&w->lock);
		w->written = end;
		report(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* --- beginning and end --- */

static void release(writer *w)
{
	if (w->event >= 0)
		close(w->event);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

writer *writer_new(const writer_disk *disk, err *e)
{
	writer *w = calloc(1, sizeof *w);

	if (!w) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	w->disk = *disk;
	w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	int why = w->event < 0 ? errno : thread_start(&w->thread, work, w);
	if (!why)
		return w;
	err_sys(e, why, "starting a thread");
	release(w);
	return NULL;
}

static bool join(writer *w, unsigned patience_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(patience_ms % 1000) * 1000000;
	until.tv_sec += (time_t)(patience_ms / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return pthread_clockjoin_np(w->thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

bool writer_end(writer *w, unsigned patience_ms)
{
	if (!w)
		return true;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (!join(w, patience_ms))
		return false;
	for (uint32_t i = w->taken; i != w->queued; i++) {
		writer_task *task = job_at(w, i)->result.task;

		if (task)
			task->done(task, false);
	}
	release(w);
	return true;
}

/* --- in the loop --- */

static bool queue(writer *w, const job *j)
{
	pthread_mutex_lock(&w->lock);
	bool has_room = w->queued - w->taken < JOBS;
	if (has_room)
		*job_at(w, w->queued++) = *j;
	pthread_mutex_unlock(&w->lock);
	return has_room;
}

bool writer_queue(writer *w, uint64_t number, uint32_t slot, const home_client_state *s)
{
	const job j = { .result = { .number = number }, .slot = slot, .state = *s };

	return queue(w, &j);
}

bool writer_queue_task(writer *w, writer_task *t)
{
	const job j = { .result = { .task = t } };

	return queue(w, &j);
}

void writer_flush(writer *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->grouped == w->written && w->written != w->queued)
		pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

int writer_fd(const writer *w)
{
	return w->event;
}

bool writer_take(writer *w, writer_result *out)
{
	uint64_t count;

	pthread_mutex_lock(&w->lock);
	bool is_there = w->taken != w->written;
	if (is_there) {
		*out = job_at(w, w->taken++)->result;
	} else {
		/* With the lock: a report that follows is not lost. */
		while (read(w->event, &count, sizeof count) < 0 && errno == EINTR)
			;
	}
	if (w->taken == w->queued) /* keeps to the first few of the ring */
		w->taken = w->written = w->grouped = w->queued = 0;
	pthread_mutex_unlock(&w->lock);
	return is_there;
}

void writer_forget(writer *w, uint32_t slot)
{
	pthread_mutex_lock(&w->lock);
	for (uint32_t i = w->grouped; i != w->queued; i++)
		if (!job_at(w, i)->result.task && job_at(w, i)->slot == slot)
			job_at(w, i)->result.outcome = WRITER_FORGOTTEN;
	pthread_mutex_unlock(&w->lock);
}
