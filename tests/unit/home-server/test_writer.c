/* SPDX-License-Identifier: MIT */
/* The thread of the disk: in order, in groups, and nobody waits for a disk that is slow. */
#include "unit.h"
#include "writer.h"

#include <poll.h>
#include <pthread.h>

enum { LONG_MS = 60000, MANY = 5000, BAD_SLOT = 99 };

/* A disk that the test holds. */
typedef struct disk {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool holds_saves, holds_syncs, full, broken;
	unsigned begun, done, syncs, synced;
	uint32_t slots[MANY];
	uint64_t ids[MANY];
} disk;

static bool save(void *ctx, uint32_t slot, const home_client_state *s)
{
	disk *d = ctx;

	pthread_mutex_lock(&d->lock);
	d->begun++;
	pthread_cond_broadcast(&d->changed);
	while (d->holds_saves)
		pthread_cond_wait(&d->changed, &d->lock);
	d->slots[d->done % MANY] = slot;
	d->ids[d->done % MANY] = s->last_id;
	d->done++;
	bool ok = !d->full && slot != BAD_SLOT;
	pthread_mutex_unlock(&d->lock);
	return ok;
}

static bool sync_all(void *ctx)
{
	disk *d = ctx;

	pthread_mutex_lock(&d->lock);
	d->syncs++;
	pthread_cond_broadcast(&d->changed);
	while (d->holds_syncs)
		pthread_cond_wait(&d->changed, &d->lock);
	bool ok = !d->broken;
	if (ok)
		d->synced = d->done;
	pthread_mutex_unlock(&d->lock);
	return ok;
}

static void open_disk(disk *d)
{
	memset(d, 0, sizeof *d);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->changed, NULL);
}

static void release(disk *d)
{
	pthread_mutex_lock(&d->lock);
	d->holds_saves = d->holds_syncs = false;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

static void wait_until_begun(disk *d, unsigned saves, unsigned syncs)
{
	pthread_mutex_lock(&d->lock);
	while (d->begun < saves || d->syncs < syncs)
		pthread_cond_wait(&d->changed, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

static writer *start(disk *d)
{
	const writer_disk calls = { d, save, sync_all };
	err e;
	writer *w = writer_new(&calls, &e);

	if (!w)
		fail_msg("%s", e.text);
	return w;
}

static void queue(writer *w, uint64_t number, uint32_t slot)
{
	const home_client_state s = { .last_id = number };

	assert_true(writer_queue(w, number, slot, &s));
}

/* Number 1, which is for this slot, is being saved until release(). */
static writer *start_held_in_save(disk *d, uint32_t slot)
{
	open_disk(d);
	d->holds_saves = true;
	writer *w = start(d);
	queue(w, 1, slot);
	writer_flush(w);
	wait_until_begun(d, 1, 0);
	return w;
}

/* It is saved, and being synced until release(). */
static writer *start_held_in_sync(disk *d, uint32_t slot)
{
	open_disk(d);
	d->holds_syncs = true;
	writer *w = start(d);
	queue(w, 1, slot);
	writer_flush(w);
	wait_until_begun(d, 1, 1);
	return w;
}

static bool is_readable(const writer *w, int ms)
{
	struct pollfd p = { .fd = writer_fd(w), .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static writer_result take(writer *w)
{
	writer_result r;

	while (!writer_take(w, &r))
		assert_true(is_readable(w, LONG_MS));
	return r;
}

static void expect(writer *w, uint64_t number, writer_outcome outcome)
{
	writer_result r = take(w);

	assert_null(r.task);
	assert_true(r.number == number);
	assert_int_equal(r.outcome, outcome);
}

TEST(states_are_written_in_order_and_reported_in_order)
{
	disk d;
	writer_result r;

	open_disk(&d);
	writer *w = start(&d);
	for (uint64_t n = 1; n <= MANY; n++)
		queue(w, n, (uint32_t)n % 7);
	writer_flush(w);
	for (uint64_t n = 1; n <= MANY; n++)
		expect(w, n, WRITER_DURABLE);
	assert_false(writer_take(w, &r));
	assert_false(is_readable(w, 0));
	assert_true(writer_end(w, LONG_MS));
	assert_int_equal(d.synced, MANY);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(d.ids[i] == i + 1 && d.slots[i] == (i + 1) % 7);
}

TEST(a_disk_that_stands_still_holds_up_nobody_who_queues_or_asks)
{
	disk d;
	writer_result r;

	writer *w = start_held_in_save(&d, 0);
	for (uint64_t n = 2; n <= 100; n++) { /* returns, though nothing is written */
		queue(w, n, 0);
		writer_flush(w);
		assert_false(writer_take(w, &r));
	}
	writer_forget(w, 0);
	assert_false(is_readable(w, 0));
	assert_int_equal(d.done, 0);
	release(&d);
	expect(w, 1, WRITER_DURABLE);
	for (uint64_t n = 2; n <= 100; n++)
		expect(w, n, WRITER_FORGOTTEN);
	assert_true(writer_end(w, LONG_MS));
}

TEST(a_state_is_reported_when_it_is_synced_and_not_before)
{
	disk d;
	writer_result r;

	writer *w = start_held_in_sync(&d, 0);
	assert_int_equal(d.done, 1);
	assert_false(writer_take(w, &r));
	assert_false(is_readable(w, 0));
	release(&d);
	expect(w, 1, WRITER_DURABLE);
	assert_true(writer_end(w, LONG_MS));
}

TEST(what_came_while_the_disk_was_busy_is_committed_by_one_sync)
{
	disk d;

	writer *w = start_held_in_sync(&d, 0);
	for (uint64_t n = 2; n <= 200; n++)
		queue(w, n, 0);
	writer_flush(w);
	release(&d);
	for (uint64_t n = 1; n <= 200; n++)
		expect(w, n, WRITER_DURABLE);
	assert_true(writer_end(w, LONG_MS));
	assert_int_equal(d.syncs, 2);
}

TEST(a_full_disk_is_reported)
{
	disk d;

	open_disk(&d);
	d.full = true;
	writer *w = start(&d);
	queue(w, 9, 0);
	writer_flush(w);
	expect(w, 9, WRITER_FAILED);
	assert_true(writer_end(w, LONG_MS));
	assert_int_equal(d.syncs, 0);
}

TEST(a_state_that_can_not_be_saved_takes_the_sync_from_no_other)
{
	disk d;

	writer *w = start_held_in_sync(&d, 0);
	queue(w, 2, 0);
	queue(w, 3, BAD_SLOT);
	release(&d);
	expect(w, 1, WRITER_DURABLE);
	expect(w, 2, WRITER_DURABLE);
	expect(w, 3, WRITER_FAILED);
	assert_true(writer_end(w, LONG_MS));
	assert_int_equal(d.syncs, 2);
}

TEST(a_sync_that_fails_fails_all_that_it_was_for_and_nothing_else)
{
	disk d;

	open_disk(&d);
	d.holds_syncs = d.broken = true;
	writer *w = start(&d);
	queue(w, 1, 0);
	writer_flush(w);
	wait_until_begun(&d, 1, 1);
	queue(w, 2, 1);
	queue(w, 3, 2);
	queue(w, 4, 3);
	writer_forget(w, 2);
	release(&d);
	expect(w, 1, WRITER_FAILED);
	expect(w, 2, WRITER_FAILED);
	expect(w, 3, WRITER_FORGOTTEN);
	expect(w, 4, WRITER_FAILED);
	pthread_mutex_lock(&d.lock);
	d.broken = false;
	pthread_mutex_unlock(&d.lock);
	queue(w, 5, 0);
	writer_flush(w);
	expect(w, 5, WRITER_DURABLE);
	assert_true(writer_end(w, LONG_MS));
}

TEST(the_queue_is_bounded)
{
	disk d;
	const home_client_state s = { 0 };
	unsigned n = 0;

	open_disk(&d);
	d.holds_saves = true;
	writer *w = start(&d);
	while (writer_queue(w, n, 0, &s))
		assert_true(++n <= 100000);
	assert_true(n >= 4096); /* as many as the core may have under way */
	release(&d);
	assert_true(writer_end(w, LONG_MS));
}

/* --- tasks --- */

typedef struct noted {
	writer_task task; /* first */
	disk *disk;
	unsigned done_before, synced_before; /* when it ran */
	bool ran, ended, ended_unrun;
} noted;

static void note_run(writer_task *t)
{
	noted *n = (noted *)t;

	n->ran = true;
	n->done_before = n->disk->done;
	n->synced_before = n->disk->synced;
}

static void note_end(writer_task *t, bool ran)
{
	noted *n = (noted *)t;

	n->ended = true;
	n->ended_unrun = !ran;
}

TEST(a_task_runs_when_all_before_it_is_committed_and_nothing_after_it)
{
	disk d;
	noted task = { .task = { note_run, note_end }, .disk = &d };

	writer *w = start_held_in_sync(&d, 0);
	queue(w, 2, 0);
	queue(w, 3, 0);
	assert_true(writer_queue_task(w, &task.task));
	queue(w, 4, 0);
	release(&d);
	for (uint64_t n = 1; n <= 3; n++)
		expect(w, n, WRITER_DURABLE);
	assert_ptr_equal(take(w).task, &task.task);
	expect(w, 4, WRITER_DURABLE);
	assert_true(task.ran && !task.ended); /* that is for who took it */
	assert_int_equal(task.done_before, 3);
	assert_int_equal(task.synced_before, 3);
	assert_true(writer_end(w, LONG_MS));
}

TEST(after_forgetting_a_slot_only_what_is_under_way_is_written_to_it)
{
	disk d;
	noted task = { .task = { note_run, note_end }, .disk = &d };

	writer *w = start_held_in_save(&d, 5);
	queue(w, 2, 5);
	queue(w, 3, 6);
	queue(w, 4, 5);
	writer_forget(w, 5);
	assert_true(writer_queue_task(w, &task.task));
	queue(w, 5, 5); /* another client's by now */
	release(&d);
	expect(w, 1, WRITER_DURABLE);
	expect(w, 2, WRITER_FORGOTTEN);
	expect(w, 3, WRITER_DURABLE);
	expect(w, 4, WRITER_FORGOTTEN);
	assert_ptr_equal(take(w).task, &task.task);
	expect(w, 5, WRITER_DURABLE);
	assert_true(writer_end(w, LONG_MS));
	assert_int_equal(task.done_before, 2);
	assert_int_equal(d.done, 3);
	assert_true(d.ids[0] == 1 && d.ids[1] == 3 && d.ids[2] == 5);
}

TEST(what_is_saved_when_its_slot_is_forgotten_is_reported_as_what_it_is)
{
	disk d;

	writer *w = start_held_in_sync(&d, 5);
	writer_forget(w, 5);
	release(&d);
	expect(w, 1, WRITER_DURABLE);
	assert_true(writer_end(w, LONG_MS));
}

/* --- the end --- */

TEST(ending_waits_for_a_call_of_the_disk_only_so_long)
{
	disk d;

	writer *w = start_held_in_save(&d, 0);
	assert_false(writer_end(w, 10));
	release(&d);
	assert_true(writer_end(w, LONG_MS));
}

TEST(what_is_queued_is_dropped_at_the_end)
{
	disk d;
	noted task = { .task = { note_run, note_end }, .disk = &d };

	writer *w = start_held_in_save(&d, 0);
	queue(w, 2, 0);
	assert_true(writer_queue_task(w, &task.task));
	assert_false(writer_end(w, 10));
	release(&d);
	assert_true(writer_end(w, LONG_MS));
	assert_int_equal(d.begun, 1);
	assert_true(!task.ran && task.ended && task.ended_unrun);
}

RUN(T(states_are_written_in_order_and_reported_in_order),
    T(a_disk_that_stands_still_holds_up_nobody_who_queues_or_asks),
    T(a_state_is_reported_when_it_is_synced_and_not_before),
    T(what_came_while_the_disk_was_busy_is_committed_by_one_sync), T(a_full_disk_is_reported),
    T(a_state_that_can_not_be_saved_takes_the_sync_from_no_other),
    T(a_sync_that_fails_fails_all_that_it_was_for_and_nothing_else), T(the_queue_is_bounded),
    T(a_task_runs_when_all_before_it_is_committed_and_nothing_after_it),
    T(after_forgetting_a_slot_only_what_is_under_way_is_written_to_it),
    T(what_is_saved_when_its_slot_is_forgotten_is_reported_as_what_it_is),
    T(ending_waits_for_a_call_of_the_disk_only_so_long), T(what_is_queued_is_dropped_at_the_end))
