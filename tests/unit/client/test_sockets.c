/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "sockets.h"

typedef struct fake {
	unsigned sent, muted, closed;
	int why; /* what sending returns */
} fake;

static int send_fake(void *ctx, uint32_t name, const dgramq *q)
{
	fake *f = ctx;

	assert_true(name != 0 && q->n_runs > 0);
	f->sent++;
	return f->why;
}

static void mute_fake(void *ctx)
{
	((fake *)ctx)->muted++;
}

static void close_fake(void *ctx)
{
	((fake *)ctx)->closed++;
}

static const socket_kind kind = { send_fake, mute_fake, close_fake };
static const socket_kind other_kind = { send_fake, mute_fake, close_fake };

static void queue(dgramq *q, uint32_t name, const char *text)
{
	const dgram_route r = { .sock = name, .to = { .addr = ip4(192, 0, 2, 1), .port = 1 } };

	assert_true(dgramq_put(q, &r, text, strlen(text)));
}

TEST(a_socket_is_found_by_its_name_and_kind)
{
	sockets s = { 0 };
	fake a = { 0 }, b = { 0 };
	uint32_t first = sockets_add(&s, &kind, &a), second = sockets_add(&s, &other_kind, &b);

	assert_true(first && second && first != second);
	assert_ptr_equal(sockets_find(&s, first, &kind), &a);
	assert_ptr_equal(sockets_find(&s, second, &other_kind), &b);
	assert_null(sockets_find(&s, first, &other_kind));
	assert_null(sockets_find(&s, 0, &kind));
	assert_null(sockets_find(&s, UINT32_MAX, &kind));
}

TEST(a_socket_that_was_let_go_is_mute_at_once_and_closed_later)
{
	sockets s = { 0 };
	fake a = { 0 };
	uint32_t name = sockets_add(&s, &kind, &a);

	sockets_let_go(&s, name);
	sockets_let_go(&s, name);
	assert_null(sockets_find(&s, name, &kind));
	assert_int_equal(a.muted, 1);
	assert_int_equal(a.closed, 0);
	sockets_reap(&s);
	sockets_reap(&s);
	assert_int_equal(a.closed, 1);
}

TEST(a_place_that_is_used_again_has_another_name)
{
	sockets s = { 0 };
	fake a = { 0 }, b = { 0 };
	uint32_t old = sockets_add(&s, &kind, &a);

	sockets_let_go(&s, old);
	sockets_reap(&s);
	uint32_t name = sockets_add(&s, &kind, &b);
	assert_int_not_equal(name, old);
	assert_null(sockets_find(&s, old, &kind));
	sockets_let_go(&s, old);
	assert_ptr_equal(sockets_find(&s, name, &kind), &b);
}

TEST(only_sockets_that_something_is_queued_for_are_touched_and_each_once)
{
	sockets s = { 0 };
	socket_failure failed[SOCKETS_MAX];
	fake f[3] = { { 0 } };
	uint32_t names[3];
	dgramq q;

	assert_true(dgramq_init(&q));
	for (int i = 0; i < 3; i++)
		names[i] = sockets_add(&s, &kind, &f[i]);
	queue(&q, names[0], "one");
	queue(&q, names[2], "two");
	queue(&q, names[0], "three");
	queue(&q, 12345, "nobody's");
	assert_int_equal(q.n_runs, 4);
	assert_int_equal(sockets_send(&s, &q, failed), 0);
	assert_int_equal(f[0].sent, 1);
	assert_int_equal(f[1].sent, 0);
	assert_int_equal(f[2].sent, 1);
	assert_int_equal(sockets_send(&s, &q, failed), 0);
	assert_int_equal(f[0].sent, 2);
	dgramq_free(&q);
}

TEST(a_failure_is_reported_unless_the_socket_was_let_go)
{
	sockets s = { 0 };
	socket_failure failed[SOCKETS_MAX];
	fake a = { .why = 5 }, b = { .why = 6 };
	uint32_t first = sockets_add(&s, &kind, &a), second = sockets_add(&s, &kind, &b);
	dgramq q;

	assert_true(dgramq_init(&q));
	queue(&q, first, "one");
	queue(&q, second, "two");
	sockets_let_go(&s, second);
	assert_int_equal(sockets_send(&s, &q, failed), 1);
	assert_int_equal(failed[0].name, first);
	assert_int_equal(failed[0].why, 5);
	assert_int_equal(b.sent, 1); /* what was queued before still left */
	dgramq_free(&q);
}

TEST(a_full_table_takes_no_more_and_closes_all)
{
	sockets s = { 0 };
	fake f = { 0 };

	for (int i = 0; i < SOCKETS_MAX; i++)
		assert_int_not_equal(sockets_add(&s, &kind, &f), 0);
	assert_int_equal(sockets_add(&s, &kind, &f), 0);
	sockets_close_all(&s);
	assert_int_equal(f.closed, SOCKETS_MAX);
	assert_int_not_equal(sockets_add(&s, &kind, &f), 0);
}

RUN(T(a_socket_is_found_by_its_name_and_kind),
    T(a_socket_that_was_let_go_is_mute_at_once_and_closed_later),
    T(a_place_that_is_used_again_has_another_name),
    T(only_sockets_that_something_is_queued_for_are_touched_and_each_once),
    T(a_failure_is_reported_unless_the_socket_was_let_go),
    T(a_full_table_takes_no_more_and_closes_all))
