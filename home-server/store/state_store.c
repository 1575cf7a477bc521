/* SPDX-License-Identifier: MIT */
/* state_store.c - the file of slots.
 *
 * Theory of operation. The kernel may bring what was written since the last sync to the disk in any order, in part, or
 * not at all, and after a sync that failed nobody can tell which. So a save always goes to the copy that was not
 * confirmed last, however often it is repeated; only a sync that succeeds makes that copy the confirmed one, and the
 * other free to be overwritten. */
#include "store/state_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 128 }; /* slots read at once when all are visited */
static const char magic[] = "homeward state 1\n";

typedef struct slot_turn {         /* of each slot: what the next save needs to know */
	uint8_t id[CLIENT_ID_LEN]; /* whose; zeros: nobody's yet */
	uint64_t count;            /* of the copy that was confirmed last */
	uint8_t next;              /* the other one */
	bool saved;                /* that one was written since the last sync */
} slot_turn;

struct state_store {
	const state_disk *disk;
	int fd;
	char *path;
	slot_turn *turns;
	uint32_t *saved; /* slots; with room for as many as there are turns */
	uint32_t n_turns, n_saved;
};

static ssize_t read_file(void *ctx, int fd, void *p, size_t n, off_t at)
{
	(void)ctx;
	return pread(fd, p, n, at);
}

static ssize_t write_file(void *ctx, int fd, const void *p, size_t n, off_t at)
{
	(void)ctx;
	return pwrite(fd, p, n, at);
}

static int sync_file(void *ctx, int fd)
{
	(void)ctx;
	return fdatasync(fd);
}

const state_disk state_disk_of_system = { NULL, read_file, write_file, sync_file };

static off_t slot_at(uint32_t slot)
{
	return STATE_HEADER_LEN + (off_t)slot * STATE_SLOT_LEN;
}

static bool failed(const state_store *s, int why, err *e)
{
	return err_sys(e, why, "%s", s->path);
}

static bool write_at(const state_store *s, const void *p, size_t n, off_t at, err *e)
{
	ssize_t put;

	do
		put = s->disk->write(s->disk->ctx, s->fd, p, n, at);
	while (put < 0 && errno == EINTR);
	return put == (ssize_t)n || failed(s, put < 0 ? errno : ENOSPC, e);
}

static bool read_at(const state_store *s, void *p, size_t n, off_t at)
{
	return s->disk->read(s->disk->ctx, s->fd, p, n, at) == (ssize_t)n;
}

static uint32_t n_slots(const state_store *s)
{
	struct stat st;

	if (fstat(s->fd, &st) < 0 || st.st_size < STATE_HEADER_LEN)
		return 0;
	return (uint32_t)((st.st_size - STATE_HEADER_LEN) / STATE_SLOT_LEN);
}

/* A new file, or one whose maker died before its first octets were written. */
static bool begin_file(const state_store *s, err *e)
{
	char header[STATE_HEADER_LEN] = { 0 };
	int why = posix_fallocate(s->fd, 0, STATE_HEADER_LEN);

	memcpy(header, magic, sizeof magic);
	return why ? failed(s, why, e) : write_at(s, header, sizeof header, 0, e);
}

static bool check_header(const state_store *s, bool writable, err *e)
{
	char header[STATE_HEADER_LEN] = { 0 };
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return failed(s, errno, e);
	bool empty = st.st_size == 0 || (read_at(s, header, sizeof header, 0) && header[0] == 0) ||
		     st.st_size < STATE_HEADER_LEN;
	if (empty)
		return writable ? begin_file(s, e)
				: err_set(e, ERR_CONFIG, "%s is not a state file", s->path);
	return memcmp(header, magic, sizeof magic) == 0 ||
	       err_set(e, ERR_CONFIG, "%s is a state file of another version", s->path);
}

state_store *state_open(const char *path, bool writable, err *e)
{
	return state_open_on(&state_disk_of_system, path, writable, e);
}

state_store *state_open_on(const state_disk *disk, const char *path, bool writable, err *e)
{
	state_store *s = calloc(1, sizeof *s);
	int flags = writable ? O_RDWR | O_CREAT : O_RDONLY;

	if (!s || !(s->path = strdup(path))) {
		free(s);
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	s->disk = disk;
	s->fd = open(path, flags | O_CLOEXEC, 0600);
	if (s->fd < 0)
		failed(s, errno, e);
	else if (check_header(s, writable, e))
		return s;
	state_close(s);
	return NULL;
}

void state_close(state_store *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->turns);
	free(s->saved);
	free(s->path);
	free(s);
}

static bool visit_slot(state_visit *each, void *ctx, uint32_t slot, const uint8_t *p)
{
	state_card card;
	home_client_state st = { 0 };
	uint64_t count;

	if (!state_card_get(p, &card))
		return true;
	state_newest(p, &st, &count);
	return each(ctx, slot, &card, &st);
}

bool state_each(state_store *s, state_visit *each, void *ctx, err *e)
{
	uint32_t n = n_slots(s), step;
	uint8_t *p = malloc((size_t)BATCH * STATE_SLOT_LEN);
	bool ok = p || err_set(e, ERR_LIMIT, "no memory"), on = true;

	for (uint32_t i = 0; ok && on && i < n; i += step) {
		step = n - i < BATCH ? n - i : BATCH;
		ok = read_at(s, p, (size_t)step * STATE_SLOT_LEN, slot_at(i)) ||
		     failed(s, errno ? errno : EIO, e);
		for (uint32_t k = 0; ok && on && k < step; k++)
			on = visit_slot(each, ctx, i + k, p + (size_t)k * STATE_SLOT_LEN);
	}
	free(p);
	return ok;
}

/* The first slot that was cleared; new room when there is none. Cleared slots are all zero. */
static uint32_t free_slot(const state_store *s)
{
	uint32_t n = n_slots(s);
	uint8_t word[4];

	if (!read_at(s, word, 4, sizeof magic) || load_be32(word) == 0) /* how many are cleared */
		return n;
	for (uint32_t i = 0; i < n; i++)
		if (read_at(s, word, 4, slot_at(i)) && load_be32(word) == 0)
			return i;
	return n;
}

/* How many cleared slots there are at most, so that adding need not look for one when there is none. */
static void count_cleared(const state_store *s, int by)
{
	uint8_t word[4];

	if (!read_at(s, word, 4, sizeof magic))
		return;
	uint32_t n = load_be32(word);
	store_be32(word, by < 0 && n == 0 ? 0 : n + (uint32_t)by);
	write_at(s, word, 4, sizeof magic, NULL);
}

static bool fill_slot(state_store *s, uint32_t slot, const state_card *card, err *e)
{
	uint8_t p[STATE_SLOT_LEN] = { 0 };
	const home_client_state none = { 0 };

	state_card_put(card, p);
	state_copy_put(&none, 1, p + STATE_CARD_LEN);
	return write_at(s, p, sizeof p, slot_at(slot), e);
}

uint32_t state_add(state_store *s, const state_card *card, err *e)
{
	uint32_t had = n_slots(s), slot = free_slot(s);
	int why = posix_fallocate(s->fd, slot_at(slot), STATE_SLOT_LEN);

	if (why) {
		failed(s, why, e);
		return STATE_NO_SLOT;
	}
	if (!fill_slot(s, slot, card, e))
		return STATE_NO_SLOT;
	if (slot < had)
		count_cleared(s, -1);
	return slot;
}

bool state_clear(state_store *s, uint32_t slot, err *e)
{
	const uint8_t zeros[STATE_SLOT_LEN] = { 0 };

	if (!write_at(s, zeros, sizeof zeros, slot_at(slot), e))
		return false;
	count_cleared(s, 1);
	return true;
}

static bool make_turns(state_store *s, uint32_t n)
{
	slot_turn *turns = realloc(s->turns, n * sizeof *turns);

	if (!turns)
		return false;
	s->turns = turns;
	uint32_t *saved = realloc(s->saved, n * sizeof *saved);
	if (!saved)
		return false;
	s->saved = saved;
	memset(turns + s->n_turns, 0, (n - s->n_turns) * sizeof *turns);
	s->n_turns = n;
	return true;
}

/* A turn that is this client's already stays as it is: what it confirmed last is not always what stands in the file. */
static bool begin_turn(state_store *s, uint32_t slot, const uint8_t id[CLIENT_ID_LEN], int best,
		       uint64_t count)
{
	if (slot >= s->n_turns && !make_turns(s, slot + 1 + slot / 2))
		return false;
	slot_turn *t = &s->turns[slot];
	if (memcmp(t->id, id, CLIENT_ID_LEN) == 0)
		return true;
	memcpy(t->id, id, CLIENT_ID_LEN);
	t->count = count;
	t->next = best == 0;
	return true;
}

bool state_load(state_store *s, uint32_t slot, const uint8_t id[CLIENT_ID_LEN],
		home_client_state *out, bool *damaged)
{
	uint8_t p[STATE_SLOT_LEN];
	state_card card;
	uint64_t count = 0;

	*damaged = false;
	if (!read_at(s, p, sizeof p, slot_at(slot)) || !state_card_get(p, &card) ||
	    memcmp(card.id, id, CLIENT_ID_LEN) != 0)
		return false;
	int best = state_newest(p, out, &count);
	*damaged = best < 0;
	return begin_turn(s, slot, id, best, count);
}

bool state_save(state_store *s, uint32_t slot, const home_client_state *st)
{
	uint8_t p[STATE_COPY_LEN];
	slot_turn *t = slot < s->n_turns ? &s->turns[slot] : NULL;

	if (!t)
		return false;
	state_copy_put(st, t->count + 1, p);
	if (!write_at(s, p, sizeof p, slot_at(slot) + STATE_CARD_LEN + t->next * STATE_COPY_LEN,
		      NULL))
		return false;
	if (!t->saved)
		s->saved[s->n_saved++] = slot;
	t->saved = true;
	return true;
}

bool state_sync(state_store *s, err *e)
{
	bool ok = s->disk->sync(s->disk->ctx, s->fd) == 0 || failed(s, errno, e);

	for (uint32_t i = 0; i < s->n_saved; i++) {
		slot_turn *t = &s->turns[s->saved[i]];

		t->saved = false;
		if (ok) {
			t->count++;
			t->next ^= 1;
		}
	}
	s->n_saved = 0;
	return ok;
}
