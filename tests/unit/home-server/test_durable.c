/* SPDX-License-Identifier: MIT */
/* What the core requests, from the queue to the answer, with a disk that stalls, fails, and works again. */
#include "durable.h"
#include "fake_disk.h"
#include "server_kit.h"

#include "base/clock.h"

enum { CLIENTS = 3, LONG_MS = 60000, MANY = 10000 };

/* In the core's place. */
typedef struct kit {
	server_kit server;
	fake_disk disk;
	settings settings;
	durable durable;
	io_loop *loop;
	uint8_t ids[CLIENTS][CLIENT_ID_LEN];
	uint32_t slots[CLIENTS];
	uint64_t number; /* of the last request */
	unsigned completed, of_turn, most_of_turn, wanted;
	uint64_t numbers[MANY];
	bool ok[MANY];
	unsigned errors, infos;
	char last_line[200];
} kit;

static void count_line(void *ctx, log_level level, const char *text)
{
	kit *k = ctx;

	*(level == LOG_ERROR ? &k->errors : &k->infos) += 1;
	snprintf(k->last_line, sizeof k->last_line, "%s", text);
}

static void complete(void *ctx, uint64_t number, bool ok)
{
	kit *k = ctx;

	k->numbers[k->completed % MANY] = number;
	k->ok[k->completed % MANY] = ok;
	k->completed++;
	if (++k->of_turn > k->most_of_turn)
		k->most_of_turn = k->of_turn;
	if (k->completed == k->wanted)
		io_loop_stop(k->loop);
}

static void settle(void *ctx)
{
	kit *k = ctx;

	k->of_turn = 0;
	durable_flush(&k->durable);
}

static void open_slots(kit *k)
{
	state_store *s = server_kit_store(&k->server);

	for (unsigned i = 0; i < CLIENTS; i++) {
		state_card card = { .spi = 0x1000 + i };
		k->ids[i][0] = card.id[0] = (uint8_t)(i + 1);
		k->slots[i] = state_add(s, &card, NULL);
	}
	state_close(s);
}

static void load_slots(kit *k)
{
	home_client_state st;
	bool damaged;

	for (unsigned i = 0; i < CLIENTS; i++) {
		assert_true(state_load(k->durable.store, k->slots[i], k->ids[i], &st, &damaged));
		assert_true(durable_add(&k->durable, k->ids[i], k->slots[i]));
	}
}

static kit *open_kit(void)
{
	kit *k = calloc(1, sizeof *k);
	err e = { 0 };

	assert_non_null(k);
	server_kit_open(&k->server);
	open_slots(k);
	fake_disk_init(&k->disk, 1);
	k->settings.conf = k->server.conf;
	k->settings.log = (logger){ LOG_DEBUG, count_line, k };
	if (!durable_open(&k->durable, &k->settings, &k->disk.calls, &e))
		fail_msg("%s", e.text);
	load_slots(k);
	k->loop = io_loop_new(&e);
	assert_true(durable_start(&k->durable, k->loop, complete, k, &e));
	io_loop_before_wait(k->loop, settle, k);
	return k;
}

static void close_kit(kit *k)
{
	durable_close(&k->durable);
	io_loop_free(k->loop);
	server_kit_close(&k->server);
	free(k);
}

static void request(kit *k, unsigned client)
{
	const home_client_state st = { .last_id = ++k->number };
	const home_request r = { .kind = HOME_WAIT_DURABLE,
				 .client = k->ids[client],
				 .state = &st };

	durable_request(&k->durable, k->number, &r);
}

/* Until so many more are completed. */
static void run(kit *k, unsigned n)
{
	k->wanted = k->completed + n;
	io_loop_run(k->loop);
	assert_int_equal(k->completed, k->wanted);
}

static void stop(void *ctx)
{
	io_loop_stop(ctx);
}

/* Turns of the loop with nothing that has to come. */
static void run_for_ms(kit *k, unsigned ms)
{
	io_timer *t = io_timer_new(k->loop, stop, k->loop, NULL);

	io_timer_at(t, clock_mono_ms() + ms);
	io_loop_run(k->loop);
	io_timer_free(t);
}

static uint64_t read_last_id(const kit *k, unsigned client)
{
	state_store *s = state_open(k->server.db, false, NULL);
	home_client_state st = { 0 };
	bool damaged;

	assert_true(state_load(s, k->slots[client], k->ids[client], &st, &damaged));
	state_close(s);
	return st.last_id;
}

TEST(a_request_is_completed_when_its_state_is_written_and_synced)
{
	kit *k = open_kit();

	fake_disk_set(&k->disk, holds_syncs, true);
	request(k, 1);
	durable_flush(&k->durable);
	fake_disk_wait_held(&k->disk, 1);
	assert_true(read_last_id(k, 1) == 1);
	run_for_ms(k, 20);
	assert_int_equal(k->completed, 0);
	fake_disk_set(&k->disk, holds_syncs, false);
	run(k, 1);
	assert_true(k->ok[0] && k->numbers[0] == 1);
	assert_int_equal(k->errors + k->infos, 0);
	close_kit(k);
}

TEST(what_is_only_to_be_remembered_is_written_in_order_and_completes_nothing)
{
	kit *k = open_kit();
	const home_client_state st = { .last_id = 77 };

	request(k, 1);
	durable_remember(&k->durable, k->ids[1], &st);
	request(k, 2);
	durable_flush(&k->durable);
	run(k, 2);
	run_for_ms(k, 20);
	assert_int_equal(k->completed, 2);
	assert_true(k->numbers[0] == 1 && k->numbers[1] == 2);
	assert_true(read_last_id(k, 1) == 77);
	close_kit(k);
}

/* A failure by `field` of the disk: refused, logged once, and once more when it works again. */
#define FAILS(field)                                                                               \
	kit *k = open_kit();                                                                       \
	fake_disk_set(&k->disk, field, EIO);                                                       \
	for (unsigned i = 0; i < 5; i++) {                                                         \
		request(k, i % CLIENTS);                                                           \
		run(k, 1);                                                                         \
		assert_false(k->ok[i]);                                                            \
		assert_true(k->numbers[i] == i + 1);                                               \
	}                                                                                          \
	assert_int_equal(k->errors, 1);                                                            \
	assert_int_equal(k->infos, 0);                                                             \
	assert_non_null(strstr(k->last_line, "can't be written"));                                 \
	fake_disk_set(&k->disk, field, 0);                                                         \
	for (unsigned i = 5; i < 8; i++) {                                                         \
		request(k, 0);                                                                     \
		run(k, 1);                                                                         \
		assert_true(k->ok[i]);                                                             \
	}                                                                                          \
	assert_int_equal(k->errors, 1);                                                            \
	assert_int_equal(k->infos, 1);                                                             \
	assert_non_null(strstr(k->last_line, "can be written again"));                             \
	close_kit(k)

TEST(when_it_can_not_be_written_the_request_fails_and_it_is_logged_once)
{
	FAILS(write_error);
}

TEST(when_it_can_not_be_synced_the_request_fails_and_it_is_logged_once)
{
	FAILS(sync_error);
}

TEST(what_a_removed_client_had_requested_is_not_logged_as_a_failure)
{
	kit *k = open_kit();

	fake_disk_set(&k->disk, holds_writes, true);
	request(k, 0);
	durable_flush(&k->durable);
	fake_disk_wait_held(&k->disk, 1);
	request(k, 1);
	assert_true(durable_has(&k->durable, k->ids[1]));
	durable_remove(&k->durable, k->ids[1]); /* returns, though the disk stalls */
	assert_false(durable_has(&k->durable, k->ids[1]));
	request(k, 1); /* goes nowhere */
	request(k, 2);
	fake_disk_set(&k->disk, holds_writes, false);
	run(k, 3);
	assert_true(k->ok[0] && !k->ok[1] && k->ok[2]);
	assert_true(k->numbers[1] == 2 && k->numbers[2] == 4);
	assert_int_equal(k->errors + k->infos, 0);
	assert_true(read_last_id(k, 1) == 0);
	close_kit(k);
}

TEST(one_turn_of_the_loop_completes_a_bounded_number)
{
	kit *k = open_kit();

	fake_disk_set(&k->disk, holds_syncs, true);
	request(k, 0);
	durable_flush(&k->durable);
	fake_disk_wait_held(&k->disk, 1);
	for (int i = 0; i < 1000; i++)
		request(k, 0);
	fake_disk_set(&k->disk, holds_syncs, false);
	run(k, 1001);
	assert_true(k->most_of_turn <= 64);
	for (unsigned i = 0; i <= 1000; i++)
		assert_true(k->ok[i] && k->numbers[i] == i + 1);
	close_kit(k);
}

TEST(a_queue_that_is_full_is_logged_once_until_it_was_empty)
{
	kit *k = open_kit();

	for (unsigned round = 1; round <= 2; round++) {
		unsigned before = k->completed;
		fake_disk_set(&k->disk, holds_syncs, true);
		for (unsigned i = 0; i < MANY; i++)
			request(k, 0);
		assert_int_equal(k->errors, round);
		assert_non_null(strstr(k->last_line, "too slow"));
		fake_disk_set(&k->disk, holds_syncs, false);
		run(k, 8192);
		run_for_ms(k, 1); /* the turn that finds it empty */
		assert_int_equal(k->completed - before, 8192);
	}
	close_kit(k);
}

typedef struct noted {
	writer_task task; /* first */
	kit *kit;
	bool ran, done;
	pthread_t thread;
} noted;

static void note_run(writer_task *t)
{
	noted *n = (noted *)t;

	n->ran = true;
	n->thread = pthread_self();
}

static void note_done(writer_task *t, bool ran)
{
	noted *n = (noted *)t;

	n->done = ran;
	io_loop_stop(n->kit->loop);
}

TEST(a_task_waits_for_the_disk_elsewhere_and_ends_in_the_loop)
{
	kit *k = open_kit();
	noted task = { .task = { note_run, note_done }, .kit = k };

	fake_disk_set(&k->disk, holds_writes, true);
	request(k, 0);
	durable_flush(&k->durable);
	fake_disk_wait_held(&k->disk, 1);
	assert_true(durable_queue_task(&k->durable, &task.task));
	run_for_ms(k, 20);
	assert_false(task.ran);
	fake_disk_set(&k->disk, holds_writes, false);
	while (!task.done)
		io_loop_run(k->loop);
	assert_int_equal(k->completed, 1);
	assert_false(pthread_equal(task.thread, pthread_self()));
	close_kit(k);
}

TEST(a_disk_that_stalls_does_not_hold_up_the_end)
{
	kit *k = open_kit();
	writer *w = k->durable.writer;
	state_store *store = k->durable.store;

	fake_disk_set(&k->disk, holds_syncs, true);
	request(k, 0);
	durable_flush(&k->durable);
	fake_disk_wait_held(&k->disk, 1);
	request(k, 1);
	durable_close(&k->durable); /* returns */
	assert_non_null(strstr(k->last_line, "does not answer"));
	fake_disk_set(&k->disk, holds_syncs, false);
	assert_true(writer_end(w, LONG_MS)); /* what the end of the process does */
	state_close(store);
	assert_int_equal(k->completed, 0);
	io_loop_free(k->loop);
	server_kit_close(&k->server);
	free(k);
}

TEST(what_a_killed_daemon_had_saved_is_synced_at_the_start)
{
	kit *k = calloc(1, sizeof *k);
	err e = { 0 };

	assert_non_null(k);
	server_kit_open(&k->server);
	fake_disk_init(&k->disk, 1);
	k->settings.conf = k->server.conf;
	assert_true(durable_open(&k->durable, &k->settings, &k->disk.calls, &e));
	assert_int_equal(k->disk.n_syncs, 1);
	durable_close(&k->durable);
	k->disk.sync_error = EIO;
	assert_false(durable_open(&k->durable, &k->settings, &k->disk.calls, &e));
	assert_non_null(strstr(e.text, strerror(EIO)));
	durable_close(&k->durable);
	server_kit_close(&k->server);
	free(k);
}

RUN(T(a_request_is_completed_when_its_state_is_written_and_synced),
    T(what_is_only_to_be_remembered_is_written_in_order_and_completes_nothing),
    T(when_it_can_not_be_written_the_request_fails_and_it_is_logged_once),
    T(when_it_can_not_be_synced_the_request_fails_and_it_is_logged_once),
    T(what_a_removed_client_had_requested_is_not_logged_as_a_failure),
    T(one_turn_of_the_loop_completes_a_bounded_number),
    T(a_queue_that_is_full_is_logged_once_until_it_was_empty),
    T(a_task_waits_for_the_disk_elsewhere_and_ends_in_the_loop),
    T(a_disk_that_stalls_does_not_hold_up_the_end),
    T(what_a_killed_daemon_had_saved_is_synced_at_the_start))
