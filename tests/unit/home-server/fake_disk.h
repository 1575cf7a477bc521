/* SPDX-License-Identifier: MIT */
/* fake_disk.h - a disk that a test holds, lets fail, and cuts the power of.
 *
 * Files are read and written as ever: that is the kernel's cache. Beside it stands what has reached the disk: all of
 * it at a sync that succeeds; when one fails, or the power does, whatever chance picks of what was written since, in
 * any order, the last one in part. After a sync that failed, the kernel takes what it had to write for written. */
#ifndef HW_TESTS_FAKE_DISK_H
#define HW_TESTS_FAKE_DISK_H

#include "unit.h"
#include "store/state_store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAKE_DISK_ROOM = 1 << 20, FAKE_DISK_WRITES = 1024 };

typedef struct fake_write {
	off_t at;
	size_t n;
	uint8_t p[STATE_SLOT_LEN];
} fake_write;

typedef struct fake_disk {
	state_disk calls;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool holds_reads, holds_writes, holds_syncs;
	int read_error, write_error, sync_error; /* errno, or 0 */
	unsigned n_writes, n_syncs, waiting;     /* begun; held at this moment */
	unsigned short seed[3];
	fake_write cached[FAKE_DISK_WRITES]; /* since the last sync */
	unsigned n_cached;
	size_t size;
	uint8_t platter[FAKE_DISK_ROOM];
} fake_disk;

static inline void fake_disk_apply(fake_disk *d, const fake_write *w, size_t n)
{
	assert_true((size_t)w->at + w->n <= sizeof d->platter);
	memcpy(d->platter + w->at, w->p, n);
	if ((size_t)w->at + n > d->size)
		d->size = (size_t)w->at + n;
}

static inline void fake_disk_lose_some(fake_disk *d)
{
	while (d->n_cached) {
		unsigned i = (unsigned)nrand48(d->seed) % d->n_cached;
		fake_write *w = &d->cached[i];

		if (nrand48(d->seed) % 2)
			fake_disk_apply(d, w,
					d->n_cached == 1 ? (size_t)nrand48(d->seed) % w->n : w->n);
		*w = d->cached[--d->n_cached];
	}
}

/* With the lock. */
static inline void fake_disk_hold(fake_disk *d, const bool *held)
{
	d->waiting++;
	pthread_cond_broadcast(&d->changed);
	while (*held)
		pthread_cond_wait(&d->changed, &d->lock);
	d->waiting--;
}

static inline ssize_t fake_disk_read(void *ctx, int fd, void *p, size_t n, off_t at)
{
	fake_disk *d = ctx;

	pthread_mutex_lock(&d->lock);
	fake_disk_hold(d, &d->holds_reads);
	int why = d->read_error;
	pthread_mutex_unlock(&d->lock);
	errno = why;
	return why ? -1 : pread(fd, p, n, at);
}

static inline ssize_t fake_disk_write(void *ctx, int fd, const void *p, size_t n, off_t at)
{
	fake_disk *d = ctx;

	pthread_mutex_lock(&d->lock);
	d->n_writes++;
	fake_disk_hold(d, &d->holds_writes);
	int why = d->write_error;
	if (!why && d->n_cached < FAKE_DISK_WRITES) {
		fake_write *w = &d->cached[d->n_cached++];

		assert_true(n <= sizeof w->p);
		w->at = at;
		w->n = n;
		memcpy(w->p, p, n);
	}
	ssize_t put = why ? -1 : pwrite(fd, p, n, at);
	pthread_mutex_unlock(&d->lock);
	errno = why;
	return put;
}

static inline int fake_disk_sync(void *ctx, int fd)
{
	fake_disk *d = ctx;

	(void)fd;
	pthread_mutex_lock(&d->lock);
	d->n_syncs++;
	unsigned n = d->n_cached; /* what is written later is not this one's */
	fake_disk_hold(d, &d->holds_syncs);
	int why = d->sync_error;
	if (why) {
		fake_disk_lose_some(d);
	} else {
		for (unsigned i = 0; i < n; i++)
			fake_disk_apply(d, &d->cached[i], d->cached[i].n);
		memmove(d->cached, d->cached + n, (d->n_cached - n) * sizeof *d->cached);
		d->n_cached -= n;
	}
	pthread_mutex_unlock(&d->lock);
	errno = why;
	return why ? -1 : 0;
}

/* It is large: static, or on the heap. */
static inline void fake_disk_init(fake_disk *d, unsigned seed)
{
	memset(d, 0, sizeof *d);
	d->calls = (state_disk){ d, fake_disk_read, fake_disk_write, fake_disk_sync };
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->changed, NULL);
	d->seed[0] = (unsigned short)seed;
}

/* Sets one of the fields that a test may change while the disk is used. */
#define fake_disk_set(d, field, value)                                                             \
	do {                                                                                       \
		pthread_mutex_lock(&(d)->lock);                                                    \
		(d)->field = (value);                                                              \
		pthread_cond_broadcast(&(d)->changed);                                             \
		pthread_mutex_unlock(&(d)->lock);                                                  \
	} while (0)

/* Until so many calls are held. */
static inline void fake_disk_wait_held(fake_disk *d, unsigned n)
{
	pthread_mutex_lock(&d->lock);
	while (d->waiting < n)
		pthread_cond_wait(&d->changed, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

/* What the next boot finds. */
static inline void fake_disk_cut_power(fake_disk *d, const char *path)
{
	fake_disk_lose_some(d);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, d->platter, d->size), d->size);
	close(fd);
}

#endif
