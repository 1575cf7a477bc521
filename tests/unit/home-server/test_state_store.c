/* SPDX-License-Identifier: MIT */
/* The state of clients on disk: two copies in turn, whatever instant the writer dies at. */
#include "fake_disk.h"
#include "server_kit.h"
#include "store/state_record.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static const uint8_t id1[CLIENT_ID_LEN] = { 1 }, id2[CLIENT_ID_LEN] = { 2 };

static state_card card_of(const uint8_t id[CLIENT_ID_LEN], const char *name)
{
	state_card c = { .spi = 0x30000001, .home4 = ip4(10, 66, 0, 101) };

	memcpy(c.id, id, CLIENT_ID_LEN);
	strcpy(c.name, name);
	return c;
}

static home_client_state state_no(uint64_t n)
{
	return (home_client_state){ .last_id = n,
				    .spi_now = 0x40000000u + (uint32_t)n,
				    .spi_before = 0x50000000u + (uint32_t)n,
				    .lease4 = ip4(10, 66, 0, (uint8_t)n),
				    .place = { .to = { .addr = { 16, { 0x20, 0x01, (uint8_t)n } },
						       .port = (uint16_t)(1000 + n) },
					       .from = ip4(203, 0, 113, (uint8_t)n),
					       .sock = DGRAM_RELAY,
					       .until_s = 0xe0000000u + (uint32_t)n } };
}

static uint32_t add(state_store *s, const uint8_t id[CLIENT_ID_LEN], const char *name)
{
	const state_card c = card_of(id, name);
	home_client_state st;
	bool damaged;
	uint32_t slot = state_add(s, &c, NULL);

	assert_int_not_equal(slot, STATE_NO_SLOT);
	assert_true(state_load(s, slot, id, &st, &damaged));
	assert_false(damaged);
	assert_int_equal(st.last_id, 0);
	return slot;
}

static void corrupt(const char *path, off_t at, size_t n)
{
	uint8_t bad[STATE_SLOT_LEN];
	int fd = open(path, O_RDWR);

	memset(bad, 0xee, sizeof bad);
	assert_int_equal(pwrite(fd, bad, n, at), n);
	close(fd);
}

static off_t copy_at(uint32_t slot, int copy)
{
	return STATE_HEADER_LEN + (off_t)slot * STATE_SLOT_LEN + STATE_CARD_LEN +
	       copy * STATE_COPY_LEN;
}

/* What a new process reads. */
static bool reread(const server_kit *k, uint32_t slot, const uint8_t *id, home_client_state *st,
		   bool *damaged)
{
	state_store *s = server_kit_store(k);
	bool ok = state_load(s, slot, id, st, damaged);

	state_close(s);
	return ok;
}

#define SCENE(k, s)                                                                                \
	server_kit k;                                                                              \
	server_kit_open(&k);                                                                       \
	state_store *s = server_kit_store(&k);                                                     \
	home_client_state st;                                                                      \
	bool damaged
#define END(k, s)                                                                                  \
	state_close(s);                                                                            \
	server_kit_close(&k)

TEST(what_was_saved_last_is_read_by_the_next_process)
{
	SCENE(k, s);
	uint32_t slot = add(s, id1, "a");

	for (uint64_t n = 1; n <= 5; n++) {
		home_client_state in = state_no(n);
		assert_true(state_save(s, slot, &in) && state_sync(s, NULL));
		assert_true(reread(&k, slot, id1, &st, &damaged));
		assert_false(damaged);
		assert_true(st.last_id == n && st.spi_now == in.spi_now &&
			    st.spi_before == in.spi_before && ip_equal(&st.lease4, &in.lease4));
		assert_true(endpoint_equal(&st.place.to, &in.place.to) &&
			    ip_equal(&st.place.from, &in.place.from));
		assert_true(st.place.sock == DGRAM_RELAY && st.place.until_s == in.place.until_s);
	}
	END(k, s);
}

TEST(when_the_newest_copy_is_damaged_the_other_is_taken)
{
	for (uint64_t last = 4; last <= 5; last++) {
		SCENE(k, s);
		uint32_t slot = add(s, id1, "a");
		uint64_t count;
		uint8_t p[STATE_SLOT_LEN];
		for (uint64_t n = 1; n <= last; n++) {
			home_client_state in = state_no(n);
			assert_true(state_save(s, slot, &in) && state_sync(s, NULL));
		}
		int fd = open(k.db, O_RDONLY);
		assert_int_equal(pread(fd, p, sizeof p, STATE_HEADER_LEN), sizeof p);
		close(fd);
		corrupt(k.db, copy_at(slot, state_newest(p, &st, &count)), 20);
		assert_true(reread(&k, slot, id1, &st, &damaged));
		assert_false(damaged);
		assert_int_equal(st.last_id, last - 1);
		END(k, s);
	}
}

TEST(a_copy_cut_at_any_octet_is_not_taken_for_whole)
{
	SCENE(k, s);
	uint32_t slot = add(s, id1, "a");
	uint8_t whole[STATE_COPY_LEN], cut[STATE_COPY_LEN];
	home_client_state before = state_no(7), after = state_no(8);
	uint64_t count;

	(void)slot;
	(void)damaged;
	state_copy_put(&before, 10, whole);
	for (size_t n = 0; n < STATE_COPY_LEN; n++) { /* the new one written up to n over the old */
		state_copy_put(&after, 12, cut);
		memcpy(cut + n, whole + n, STATE_COPY_LEN - n);
		if (memcmp(cut, whole, sizeof cut) != 0 && state_copy_get(cut, &st, &count)) {
			state_copy_put(&after, 12, whole);
			assert_memory_equal(cut, whole,
					    sizeof cut); /* only when all of it is there */
			state_copy_put(&before, 10, whole);
		}
	}
	END(k, s);
}

TEST(with_both_copies_damaged_it_says_so)
{
	SCENE(k, s);
	uint32_t slot = add(s, id1, "a");

	corrupt(k.db, copy_at(slot, 0), STATE_COPY_LEN);
	corrupt(k.db, copy_at(slot, 1), STATE_COPY_LEN);
	assert_true(reread(&k, slot, id1, &st, &damaged));
	assert_true(damaged);
	END(k, s);
}

TEST(a_slot_is_read_for_its_owner_only_and_a_cut_file_is_no_slot)
{
	SCENE(k, s);
	uint32_t slot = add(s, id1, "a");

	assert_false(reread(&k, slot, id2, &st, &damaged));
	assert_false(reread(&k, slot + 1, id1, &st, &damaged));
	assert_int_equal(truncate(k.db, STATE_HEADER_LEN + 100), 0);
	assert_false(reread(&k, slot, id1, &st, &damaged));
	END(k, s);
}

TEST(cleared_slots_are_used_again)
{
	SCENE(k, s);
	uint32_t a = add(s, id1, "a"), b = add(s, id2, "b");

	assert_int_not_equal(a, b);
	assert_true(state_clear(s, a, NULL));
	assert_false(reread(&k, a, id1, &st, &damaged));
	uint32_t c = add(s, (const uint8_t[CLIENT_ID_LEN]){ 3 }, "c");
	assert_int_equal(c, a);
	uint32_t d = add(s, (const uint8_t[CLIENT_ID_LEN]){ 4 }, "d");
	assert_true(d != a && d != b);
	END(k, s);
}

TEST(a_file_of_something_else_is_refused)
{
	server_kit k;
	err e;

	server_kit_open(&k);
	FILE *f = fopen(k.db, "w");
	for (int i = 0; i < 1000; i++)
		fputs("not a state file\n", f);
	fclose(f);
	assert_null(state_open(k.db, true, &e));
	assert_non_null(strstr(e.text, "replay.db"));
	server_kit_close(&k);
}

TEST(a_slots_room_is_allocated_when_it_is_made)
{
	SCENE(k, s);

	(void)st;
	(void)damaged;
	add(s, id1, "a");
	struct stat f;
	assert_int_equal(stat(k.db, &f), 0);
	assert_int_equal(f.st_size, STATE_HEADER_LEN + STATE_SLOT_LEN);
	assert_true(f.st_blocks * 512 >= f.st_size);
	END(k, s);
}

/* A child saves 1, 2, 3, ... and writes each number to the pipe when its save has returned, until it is killed. */
static uint64_t killed_writer(const server_kit *k, uint32_t slot, uint64_t from,
			      useconds_t after_us)
{
	int fds[2];
	uint64_t saved = from, n;

	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		home_client_state st;
		bool damaged;
		state_store *s = state_open(k->db, true, NULL);
		if (!s || !state_load(s, slot, id1, &st, &damaged))
			_exit(1);
		for (n = from + 1;; n++) {
			home_client_state in = state_no(n);
			if (!state_save(s, slot, &in) || !state_sync(s, NULL) ||
			    write(fds[1], &n, sizeof n) != sizeof n)
				_exit(1);
		}
	}
	close(fds[1]);
	usleep(after_us);
	kill(child, SIGKILL);
	while (read(fds[0], &n, sizeof n) == sizeof n)
		saved = n;
	close(fds[0]);
	waitpid(child, NULL, 0);
	return saved;
}

TEST(killed_at_any_instant_nothing_that_was_confirmed_is_lost)
{
	SCENE(k, s);
	uint32_t slot = add(s, id1, "a");
	uint64_t at = 0;

	for (useconds_t i = 0; i < 60; i++) {
		uint64_t saved = killed_writer(&k, slot, at, 500 + i * 37);
		assert_true(reread(&k, slot, id1, &st, &damaged));
		assert_false(damaged);
		assert_true(st.last_id >= saved && st.last_id <= saved + 1);
		at = st.last_id;
	}
	assert_true(at > 0);
	END(k, s);
}

/* --- power --- */

enum { SLOTS = 4, STEPS = 40 };
static const uint8_t ids[SLOTS][CLIENT_ID_LEN] = { { 1 }, { 2 }, { 3 }, { 4 } };

typedef struct slot_history {
	uint64_t saved; /* since the last sync; 0: nothing */
	uint64_t confirmed, latest;
} slot_history;

/* Saves, and syncs now and then; both may fail. */
static void work(state_store *s, fake_disk *d, slot_history p[SLOTS], uint64_t *n)
{
	home_client_state read;
	bool damaged;

	for (int step = 0; step < STEPS; step++) {
		unsigned slot = (unsigned)nrand48(d->seed) % SLOTS;
		const home_client_state st = state_no(++*n);

		d->write_error = nrand48(d->seed) % 8 ? 0 : ENOSPC;
		d->sync_error = nrand48(d->seed) % 3 ? 0 : EIO;
		if (state_save(s, slot, &st))
			p[slot].saved = p[slot].latest = *n;
		if (nrand48(d->seed) % 8 == 0) /* the registry is read again */
			assert_true(state_load(s, slot, ids[slot], &read, &damaged));
		if (nrand48(d->seed) % 3)
			continue;
		bool ok = state_sync(s, NULL);
		for (int i = 0; i < SLOTS; i++) {
			if (ok && p[i].saved)
				p[i].confirmed = p[i].saved;
			p[i].saved = 0;
		}
	}
}

static void check(const char *path, slot_history p[SLOTS])
{
	state_store *s = state_open(path, true, NULL);
	home_client_state st;
	bool damaged;

	assert_non_null(s);
	for (uint32_t i = 0; i < SLOTS; i++) {
		assert_true(state_load(s, i, ids[i], &st, &damaged));
		assert_false(damaged);
		assert_true(st.last_id >= p[i].confirmed && st.last_id <= p[i].latest);
	}
	state_close(s);
}

TEST(whenever_the_power_fails_what_a_sync_has_confirmed_is_there)
{
	static fake_disk d;

	for (unsigned seed = 1; seed <= 400; seed++) {
		server_kit k;
		slot_history p[SLOTS] = { { 0 } };
		uint64_t n = 0;
		server_kit_open(&k);
		fake_disk_init(&d, seed);
		state_store *s = state_open_on(&d.calls, k.db, true, NULL);
		assert_non_null(s);
		for (unsigned i = 0; i < SLOTS; i++)
			add(s, ids[i], "a");
		assert_true(state_sync(s, NULL));
		work(s, &d, p, &n);
		state_close(s);
		fake_disk_cut_power(&d, k.db);
		check(k.db, p);
		server_kit_close(&k);
	}
}

TEST(a_failed_sync_confirms_nothing_and_reports_why)
{
	static fake_disk d;
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	fake_disk_init(&d, 1);
	state_store *s = state_open_on(&d.calls, k.db, true, NULL);
	uint32_t slot = add(s, id1, "a");
	const home_client_state one = state_no(1), two = state_no(2);
	assert_true(state_save(s, slot, &one) && state_sync(s, &e));
	d.sync_error = EIO;
	assert_true(state_save(s, slot, &two));
	assert_false(state_sync(s, &e));
	assert_non_null(strstr(e.text, "replay.db"));
	assert_non_null(strstr(e.text, strerror(EIO)));
	d.sync_error = 0;
	d.write_error = EIO;
	assert_false(state_save(s, slot, &two));
	state_close(s);
	server_kit_close(&k);
}

RUN(T(what_was_saved_last_is_read_by_the_next_process),
    T(when_the_newest_copy_is_damaged_the_other_is_taken),
    T(a_copy_cut_at_any_octet_is_not_taken_for_whole), T(with_both_copies_damaged_it_says_so),
    T(a_slot_is_read_for_its_owner_only_and_a_cut_file_is_no_slot), T(cleared_slots_are_used_again),
    T(a_file_of_something_else_is_refused), T(a_slots_room_is_allocated_when_it_is_made),
    T(killed_at_any_instant_nothing_that_was_confirmed_is_lost),
    T(whenever_the_power_fails_what_a_sync_has_confirmed_is_there),
    T(a_failed_sync_confirms_nothing_and_reports_why))
