/* SPDX-License-Identifier: MIT */
/* The writer of clients' states: in order, in batches, and nobody waits for a disk that is slow. */
#include "unit.h"
#include "writer.h"

#include <poll.h>
#include <pthread.h>

enum { LONG_MS = 20000, MANY = 5000 };

/* A disk that the test holds. */
typedef struct disk {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held, full;
	unsigned begun, done;
	uint32_t slots[MANY];
	uint64_t ids[MANY];
} disk;

static bool write_slot(void *ctx, uint32_t slot, const home_client_state *s)
{
	disk *d = ctx;

	pthread_mutex_lock(&d->lock);
	d->begun++;
	pthread_cond_broadcast(&d->changed);
	while (d->held)
		pthread_cond_wait(&d->changed, &d->lock);
	d->slots[d->done % MANY] = slot;
	d->ids[d->done % MANY] = s->last_id;
	d->done++;
	bool ok = !d->full;
	pthread_mutex_unlock(&d->lock);
	return ok;
}

static void open_disk(disk *d, bool held)
{
	memset(d, 0, sizeof *d);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->changed, NULL);
	d->held = held;
}

static void release(disk *d)
{
	pthread_mutex_lock(&d->lock);
	d->held = false;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

static void wait_begun(disk *d, unsigned n)
{
	pthread_mutex_lock(&d->lock);
	while (d->begun < n)
		pthread_cond_wait(&d->changed, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

static writer *start(disk *d)
{
	err e;
	writer *w = writer_new(write_slot, d, &e);

	if (!w)
		fail_msg("%s", e.text);
	return w;
}

static void queue(writer *w, uint64_t number, uint32_t slot)
{
	const home_client_state s = { .last_id = number };

	assert_true(writer_queue(w, number, slot, &s));
}

static bool is_readable(const writer *w, int ms)
{
	struct pollfd p = { .fd = writer_fd(w), .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

TEST(states_are_written_in_order_and_reported_in_order)
{
	disk d;
	uint64_t number, next = 1;
	bool ok;

	open_disk(&d, false);
	writer *w = start(&d);
	for (uint64_t n = 1; n <= MANY; n++)
		queue(w, n, (uint32_t)n % 7);
	writer_flush(w);
	while (next <= MANY) {
		assert_true(is_readable(w, LONG_MS));
		while (writer_take(w, &number, &ok)) {
			assert_true(ok);
			assert_true(number == next++);
		}
	}
	assert_false(is_readable(w, 0));
	writer_free(w);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(d.ids[i] == i + 1 && d.slots[i] == (i + 1) % 7);
}

TEST(a_disk_that_stands_still_holds_up_nobody_who_queues_or_asks)
{
	disk d;
	uint64_t number;
	bool ok;

	open_disk(&d, true);
	writer *w = start(&d);
	queue(w, 1, 0);
	writer_flush(w);
	wait_begun(&d, 1);
	for (uint64_t n = 2; n <= 100; n++) { /* returns, though nothing is written */
		queue(w, n, 0);
		writer_flush(w);
		assert_false(writer_take(w, &number, &ok));
	}
	assert_false(is_readable(w, 0));
	assert_int_equal(d.done, 0);
	release(&d);
	for (uint64_t n = 1; n <= 100; n++) {
		while (!writer_take(w, &number, &ok))
			assert_true(is_readable(w, LONG_MS));
		assert_true(ok && number == n);
	}
	writer_free(w);
}

TEST(a_full_disk_is_reported)
{
	disk d;
	uint64_t number;
	bool ok;

	open_disk(&d, false);
	d.full = true;
	writer *w = start(&d);
	queue(w, 9, 0);
	writer_flush(w);
	assert_true(is_readable(w, LONG_MS));
	assert_true(writer_take(w, &number, &ok));
	assert_true(number == 9 && !ok);
	writer_free(w);
}

TEST(ending_waits_for_all_that_is_queued)
{
	disk d;

	open_disk(&d, false);
	writer *w = start(&d);
	for (uint64_t n = 1; n <= 1000; n++)
		queue(w, n, 0);
	writer_free(w); /* without a flush */
	assert_int_equal(d.done, 1000);
}

TEST(the_queue_is_bounded)
{
	disk d;
	const home_client_state s = { 0 };
	unsigned n = 0;

	open_disk(&d, true);
	writer *w = start(&d);
	while (writer_queue(w, n, 0, &s))
		assert_true(++n <= 100000);
	assert_true(n >= 4096); /* as many as the core may have under way */
	release(&d);
	writer_free(w);
	assert_int_equal(d.done, n);
}

TEST(after_forgetting_a_slot_nothing_more_is_written_to_it)
{
	disk d;
	uint64_t number;
	bool ok;

	open_disk(&d, true);
	writer *w = start(&d);
	queue(w, 1, 9);
	writer_flush(w);
	wait_begun(&d, 1);
	queue(w, 2, 5);
	queue(w, 3, 6);
	queue(w, 4, 5);
	writer_forget(w, 5);
	queue(w, 5, 5); /* another client's by now */
	release(&d);
	for (uint64_t n = 1; n <= 5; n++) {
		while (!writer_take(w, &number, &ok))
			assert_true(is_readable(w, LONG_MS));
		assert_true(number == n);
		assert_int_equal(ok, n != 2 && n != 4);
	}
	writer_free(w);
	assert_int_equal(d.done, 3);
	assert_true(d.ids[0] == 1 && d.ids[1] == 3 && d.ids[2] == 5);
}

static void *release_soon(void *ctx)
{
	release(ctx);
	return NULL;
}

TEST(forgetting_a_slot_waits_for_what_is_being_written_to_it)
{
	disk d;
	pthread_t helper;

	open_disk(&d, true);
	writer *w = start(&d);
	queue(w, 1, 5);
	writer_flush(w);
	wait_begun(&d, 1);
	assert_int_equal(pthread_create(&helper, NULL, release_soon, &d), 0);
	writer_forget(w, 5);
	assert_int_equal(d.done, 1);
	pthread_join(helper, NULL);
	writer_free(w);
}

RUN(T(states_are_written_in_order_and_reported_in_order),
    T(a_disk_that_stands_still_holds_up_nobody_who_queues_or_asks), T(a_full_disk_is_reported),
    T(ending_waits_for_all_that_is_queued), T(the_queue_is_bounded),
    T(after_forgetting_a_slot_nothing_more_is_written_to_it),
    T(forgetting_a_slot_waits_for_what_is_being_written_to_it))
