/* SPDX-License-Identifier: MIT */
/* sync.c - one thread, one flag. */
#include "sync.h"
#include "thread.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct syncer {
	state_store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool wanted, stop;
};

static void rest_a_second(syncer *y)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	while (!y->stop && pthread_cond_timedwait(&y->wake, &y->lock, &until) != ETIMEDOUT)
		;
}

static void *work(void *arg)
{
	syncer *y = arg;

	pthread_mutex_lock(&y->lock);
	while (!y->stop || y->wanted) {
		if (!y->wanted) {
			pthread_cond_wait(&y->wake, &y->lock);
			continue;
		}
		y->wanted = false;
		pthread_mutex_unlock(&y->lock);
		state_sync(y->store);
		pthread_mutex_lock(&y->lock);
		rest_a_second(y);
	}
	pthread_mutex_unlock(&y->lock);
	return NULL;
}

syncer *syncer_new(state_store *s, err *e)
{
	syncer *y = calloc(1, sizeof *y);

	if (!y) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	y->store = s;
	pthread_mutex_init(&y->lock, NULL);
	pthread_cond_init(&y->wake, NULL);
	int why = thread_start(&y->thread, work, y);
	if (!why)
		return y;
	err_sys(e, why, "starting a thread");
	pthread_cond_destroy(&y->wake);
	pthread_mutex_destroy(&y->lock);
	free(y);
	return NULL;
}

void syncer_wanted(syncer *y)
{
	pthread_mutex_lock(&y->lock);
	if (!y->wanted) {
		y->wanted = true;
		pthread_cond_signal(&y->wake);
	}
	pthread_mutex_unlock(&y->lock);
}

void syncer_free(syncer *y)
{
	if (!y)
		return;
	pthread_mutex_lock(&y->lock);
	y->stop = true;
	pthread_cond_signal(&y->wake);
	pthread_mutex_unlock(&y->lock);
	pthread_join(y->thread, NULL);
	pthread_cond_destroy(&y->wake);
	pthread_mutex_destroy(&y->lock);
	free(y);
}
