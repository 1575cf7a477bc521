/* SPDX-License-Identifier: MIT */
/* state_store.c - the file of slots. */
#include "store/state_record.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 128 }; /* slots read at once when all are visited */
static const char magic[] = "homeward state 1\n";

typedef struct slot_turn { /* of each slot: what the next save needs to know */
	uint64_t count;
	uint8_t next; /* copy to write */
} slot_turn;

struct state_store {
	int fd;
	char *path;
	pthread_mutex_t lock; /* of the turns, and of the copies that they speak of */
	slot_turn *turns;
	uint32_t n_turns;
};

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
		put = pwrite(s->fd, p, n, at);
	while (put < 0 && errno == EINTR);
	return put == (ssize_t)n || failed(s, put < 0 ? errno : ENOSPC, e);
}

static bool read_at(const state_store *s, void *p, size_t n, off_t at)
{
	return pread(s->fd, p, n, at) == (ssize_t)n;
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
	state_store *s = calloc(1, sizeof *s);
	int flags = writable ? O_RDWR | O_CREAT : O_RDONLY;

	if (!s || !(s->path = strdup(path))) {
		free(s);
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
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
	pthread_mutex_destroy(&s->lock);
	free(s->turns);
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

static slot_turn *turn_of(state_store *s, uint32_t slot)
{
	if (slot >= s->n_turns) {
		uint32_t n = slot + 1 + slot / 2;
		slot_turn *more = realloc(s->turns, n * sizeof *more);
		if (!more)
			return NULL;
		memset(more + s->n_turns, 0, (n - s->n_turns) * sizeof *more);
		s->turns = more;
		s->n_turns = n;
	}
	return &s->turns[slot];
}

static bool load(state_store *s, uint32_t slot, const uint8_t id[CLIENT_ID_LEN],
		 home_client_state *out, bool *damaged)
{
	uint8_t p[STATE_SLOT_LEN];
	state_card card;
	uint64_t count = 0;
	slot_turn *turn;

	if (!read_at(s, p, sizeof p, slot_at(slot)) || !state_card_get(p, &card) ||
	    memcmp(card.id, id, CLIENT_ID_LEN) != 0 || !(turn = turn_of(s, slot)))
		return false;
	int best = state_newest(p, out, &count);
	*damaged = best < 0;
	turn->count = count;
	turn->next = best == 0;
	return true;
}

bool state_load(state_store *s, uint32_t slot, const uint8_t id[CLIENT_ID_LEN],
		home_client_state *out, bool *damaged)
{
	*damaged = false;
	pthread_mutex_lock(&s->lock);
	bool ok = load(s, slot, id, out, damaged);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static bool save(state_store *s, uint32_t slot, const home_client_state *st)
{
	uint8_t p[STATE_COPY_LEN];
	slot_turn *turn = slot < s->n_turns ? &s->turns[slot] : NULL;

	if (!turn)
		return false;
	state_copy_put(st, turn->count + 1, p);
	if (!write_at(s, p, sizeof p, slot_at(slot) + STATE_CARD_LEN + turn->next * STATE_COPY_LEN,
		      NULL))
		return false;
	turn->count++;
	turn->next ^= 1;
	return true;
}

bool state_save(state_store *s, uint32_t slot, const home_client_state *st)
{
	pthread_mutex_lock(&s->lock);
	bool ok = save(s, slot, st);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool state_sync(state_store *s)
{
	return fdatasync(s->fd) == 0;
}
