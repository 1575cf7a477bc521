/* SPDX-License-Identifier: MIT */
/* Changes of the registry while the daemon serves: who waits for the disk, who is answered when, and what was read
 * too early. The core's clients are the test's. */
#include "client_changes.h"
#include "fake_disk.h"
#include "server_kit.h"

typedef struct kit {
	server_kit server;
	fake_disk disk;
	settings settings;
	durable durable;
	io_loop *loop;
	clients clients;
	client_record bob;
	unsigned put, put_all, dropped; /* calls */
	size_t n_scanned, n_gone;       /* in the last one */
	unsigned answers, refusals;
	char why[256];
} kit;

static kit *the_kit; /* whose clients these are: */

bool clients_put(const clients *c, const scanned_client *from, err *e)
{
	(void)c;
	(void)e;
	assert_string_equal(from->record.name, "bob");
	the_kit->put++;
	return true;
}

void clients_put_all(const clients *c, const client_scan *scan)
{
	(void)c;
	the_kit->put_all++;
	the_kit->n_scanned = scan->n;
	the_kit->n_gone = scan->n_gone;
}

bool clients_drop(clients *c, const char *name, err *e)
{
	if (strcmp(name, "refused") == 0)
		return err_set(e, ERR_USAGE, "not to be dropped");
	c->drops++;
	the_kit->dropped++;
	return true;
}

void home_core_each_client(const home_core *h,
			   void (*each)(void *ctx, const uint8_t id[CLIENT_ID_LEN],
					const char *nai),
			   void *ctx)
{
	const uint8_t id[CLIENT_ID_LEN] = { 0 };

	(void)h;
	each(ctx, id, "bob@example.net");
	each(ctx, id, "gone@example.net");
}

static void answer(void *ctx, const err *why)
{
	kit *k = ctx;

	k->answers++;
	k->refusals += why != NULL;
	snprintf(k->why, sizeof k->why, "%s", why ? why->text : "");
	io_loop_stop(k->loop);
}

static void complete(void *ctx, uint64_t number, bool ok)
{
	(void)ctx;
	(void)number;
	(void)ok;
}

static void settle(void *ctx)
{
	kit *k = ctx;

	durable_flush(&k->durable);
}

static kit *open_kit(void)
{
	kit *k = the_kit = calloc(1, sizeof *k);
	home_client_state st;
	bool damaged;
	err e = { 0 };

	assert_non_null(k);
	server_kit_open(&k->server);
	assert_true(server_kit_add(&k->server, "bob", NULL, &k->bob, &e));
	fake_disk_init(&k->disk, 1);
	k->settings.conf = k->server.conf;
	assert_true(durable_open(&k->durable, &k->settings, &k->disk.calls, &e));
	assert_true(state_load(k->durable.store, k->bob.slot, k->bob.conf.id, &st, &damaged));
	assert_true(durable_add(&k->durable, k->bob.conf.id, k->bob.slot));
	k->loop = io_loop_new(&e);
	assert_true(durable_start(&k->durable, k->loop, complete, k, &e));
	io_loop_before_wait(k->loop, settle, k);
	k->clients = (clients){ .settings = &k->settings, .durable = &k->durable };
	return k;
}

static void close_kit(kit *k)
{
	durable_close(&k->durable);
	io_loop_free(k->loop);
	server_kit_close(&k->server);
	free(k);
}

static void run_until_answered(kit *k, unsigned n)
{
	while (k->answers < n)
		io_loop_run(k->loop);
	assert_int_equal(k->answers, n);
}

/* The thread stands still in a read, of a task that was queued before. */
static void stand_still(kit *k)
{
	fake_disk_set(&k->disk, holds_reads, true);
	durable_flush(&k->durable);
	fake_disk_wait_held(&k->disk, 1);
}

TEST(a_client_is_loaded_when_it_was_read_which_the_loop_does_not_wait_for)
{
	kit *k = open_kit();

	fake_disk_set(&k->disk, holds_reads, true);
	client_changes_load(&k->clients, "bob", answer, k); /* returns */
	stand_still(k);
	assert_int_equal(k->answers + k->put, 0);
	fake_disk_set(&k->disk, holds_reads, false);
	run_until_answered(k, 1);
	assert_int_equal(k->put, 1);
	assert_int_equal(k->refusals, 0);
	close_kit(k);
}

TEST(a_client_that_can_not_be_read_is_not_loaded)
{
	kit *k = open_kit();

	client_changes_load(&k->clients, "nobody", answer, k);
	run_until_answered(k, 1);
	assert_int_equal(k->put, 0);
	assert_int_equal(k->refusals, 1);
	assert_non_null(strstr(k->why, "nobody"));
	close_kit(k);
}

TEST(a_client_is_dropped_at_once_and_its_slot_is_idle_later)
{
	kit *k = open_kit();

	fake_disk_set(&k->disk, holds_reads, true);
	client_changes_load(&k->clients, "bob", answer, k);
	stand_still(k);
	client_changes_unload(&k->clients, "other", answer, k);
	assert_int_equal(k->dropped, 1);
	assert_int_equal(k->answers, 0);
	fake_disk_set(&k->disk, holds_reads, false);
	run_until_answered(k, 2);
	assert_int_equal(k->refusals, 0);
	client_changes_unload(&k->clients, "refused", answer, k);
	assert_int_equal(k->refusals, 1);
	close_kit(k);
}

TEST(reloading_loads_all_and_drops_who_is_gone)
{
	kit *k = open_kit();

	client_changes_reload(&k->clients, answer, k);
	run_until_answered(k, 1);
	assert_int_equal(k->refusals, 0);
	assert_int_equal(k->put_all, 1);
	assert_int_equal(k->n_scanned, 1);
	assert_int_equal(k->n_gone, 1);
	assert_int_equal(k->dropped, 1);
	close_kit(k);
}

TEST(what_was_read_before_a_client_was_dropped_is_read_again)
{
	kit *k = open_kit();
	err e = { 0 };

	fake_disk_set(&k->disk, holds_reads, true);
	client_changes_reload(&k->clients, answer, k);
	stand_still(k); /* bob's file has been read */
	assert_true(registry_delete(k->server.conf->state, "bob", &e));
	client_changes_unload(&k->clients, "bob", answer, k);
	fake_disk_set(&k->disk, holds_reads, false);
	run_until_answered(k, 2);
	assert_int_equal(k->put_all, 1);
	assert_int_equal(k->n_scanned, 0);
	close_kit(k);
}

TEST(who_waits_is_answered_when_the_daemon_ends)
{
	kit *k = open_kit();

	client_changes_load(&k->clients, "bob", answer, k);
	client_changes_reload(&k->clients, answer, k);
	durable_close(&k->durable);
	assert_int_equal(k->answers, 2);
	assert_int_equal(k->refusals, 2);
	assert_int_equal(k->put + k->put_all, 0);
	io_loop_free(k->loop);
	server_kit_close(&k->server);
	free(k);
}

RUN(T(a_client_is_loaded_when_it_was_read_which_the_loop_does_not_wait_for),
    T(a_client_that_can_not_be_read_is_not_loaded),
    T(a_client_is_dropped_at_once_and_its_slot_is_idle_later),
    T(reloading_loads_all_and_drops_who_is_gone),
    T(what_was_read_before_a_client_was_dropped_is_read_again),
    T(who_waits_is_answered_when_the_daemon_ends))
