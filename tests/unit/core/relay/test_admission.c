/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/relay/admission.h"

typedef struct kit {
	relay_conf conf;
	relay_visitors visitors;
	relay_admitted clients;
	relay_admission a;
	logger log;
	unsigned lines;
} kit;

static void line(void *ctx, log_level level, const char *text)
{
	(void)level, (void)text;
	((kit *)ctx)->lines++;
}

static kit *start(void)
{
	static kit k;

	k = (kit){ .conf = { .max_visitors = 100 } };
	k.log = (logger){ LOG_INFO, line, &k };
	assert_true(relay_visitors_init(&k.visitors, &k.conf) && relay_admitted_init(&k.clients));
	relay_admission_init(&k.a, &k.clients, &k.visitors, &k.log);
	return &k;
}

static void finish(kit *k)
{
	relay_visitors_free(&k->visitors);
	relay_admitted_free(&k->clients);
}

static link_entry entry(uint64_t handle)
{
	link_entry e = { .handle = handle, .last_id = 100 };

	e.spis[0] = (uint32_t)handle << 8;
	e.spis[1] = (uint32_t)handle << 8 | 1;
	memset(e.key3, (int)handle, sizeof e.key3);
	return e;
}

static uint64_t apply(kit *k, uint64_t from, uint64_t to, bool all, const link_entry *list,
		      uint16_t n)
{
	uint8_t body[LINK_ADMIT_HDR + LINK_ENTRIES_MAX * LINK_ENTRY_LEN];
	wire_wr w = wire_writer(body, sizeof body);

	link_admit_put(&w, &(link_admit){ all ? LINK_COMPLETE : 0, n, from, to });
	for (unsigned i = 0; i < n; i++)
		link_entry_put(&w, &list[i]);
	return relay_admission_apply(&k->a, (wire_bytes){ body, wire_len(&w) });
}

static uint64_t apply_one(kit *k, uint64_t from, uint64_t handle)
{
	const link_entry e = entry(handle);

	return apply(k, from, from + 1, false, &e, 1);
}

static relay_visitor *visit(kit *k, uint64_t handle, uint16_t port)
{
	const dgram_in d = { .from = { .addr = ip4(198, 51, 100, 1), .port = port } };

	return relay_visitors_add(&k->visitors, &d,
				  &relay_admitted_find(&k->clients, handle)->entries);
}

TEST(a_list_is_taken_from_its_beginning_and_in_order)
{
	kit *k = start();

	assert_int_equal(apply_one(k, 5, 1), 0); /* not its beginning */
	assert_int_equal(k->clients.n, 0);
	assert_int_equal(apply_one(k, 0, 1), 1);
	assert_int_equal(apply_one(k, 2, 3), 1); /* one is missing */
	assert_null(relay_admitted_find(&k->clients, 3));
	assert_int_equal(apply_one(k, 1, 2), 2);
	assert_int_equal(apply_one(k, 2, 3), 3);
	assert_int_equal(apply_one(k, 1, 2), 3); /* one that came before: nothing goes back */
	assert_int_equal(k->clients.n, 3);
	finish(k);
}

TEST(a_message_that_came_before_under_a_newer_version_is_applied)
{
	kit *k = start();
	const link_entry both[] = { entry(1), entry(2) };

	apply_one(k, 0, 1);
	assert_int_equal(apply(k, 0, 2, false, both, 2), 2); /* repeated, as it is by then */
	assert_int_equal(k->clients.n, 2);
	finish(k);
}

TEST(the_list_is_complete_once_home_marks_it_so)
{
	kit *k = start();
	const link_entry e = entry(1);

	apply(k, 0, 1, false, &e, 1);
	assert_false(k->a.complete);
	assert_int_equal(k->lines, 0);
	apply(k, 1, 1, true, NULL, 0);
	assert_true(k->a.complete);
	apply(k, 1, 2, true, &e, 1);
	assert_int_equal(k->lines, 1);
	finish(k);
}

TEST(who_is_not_in_a_list_that_began_again_goes_when_it_is_complete)
{
	kit *k = start();
	const link_entry e[] = { entry(1), entry(2), entry(3) };

	apply(k, 0, 3, true, e, 3);
	visit(k, 1, 5001);
	visit(k, 2, 5002);
	relay_admission_restart(&k->a);
	assert_int_equal(apply(k, 3, 4, true, NULL, 0), 0); /* of the former link */
	assert_int_equal(k->clients.n, 3);
	assert_int_equal(apply(k, 0, 7, false, &e[1], 1), 7);
	assert_int_equal(k->clients.n, 3); /* not before it is complete */
	apply(k, 7, 8, true, &e[2], 1);
	assert_int_equal(k->clients.n, 2);
	assert_null(relay_admitted_find(&k->clients, 1));
	assert_null(relay_admitted_find_spi(&k->clients, e[0].spis[0]));
	assert_int_equal(k->visitors.n_pending, 1);
	finish(k);
}

TEST(a_removed_client_goes_with_its_visitors)
{
	kit *k = start();
	link_entry e = entry(1);

	apply_one(k, 0, 1);
	apply_one(k, 1, 2);
	visit(k, 1, 5001);
	visit(k, 1, 5002);
	visit(k, 2, 5003);
	e.flags = LINK_ENTRY_REMOVED;
	apply(k, 2, 3, false, &e, 1);
	assert_int_equal(k->clients.n, 1);
	assert_int_equal(k->visitors.n_pending, 1);
	e.handle = 99; /* nobody */
	assert_int_equal(apply(k, 3, 4, false, &e, 1), 4);
	finish(k);
}

TEST(another_key_is_another_client)
{
	kit *k = start();
	link_entry e = entry(1);

	apply_one(k, 0, 1);
	visit(k, 1, 5001);
	e.last_id = 50;
	apply(k, 1, 2, false, &e, 1);
	const relay_client *c = relay_admitted_find(&k->clients, 1);
	assert_int_equal(c->entries.n, 1);
	assert_int_equal(c->last_id, 100); /* it never goes back under one key */
	e.last_id = 150;
	apply(k, 2, 3, false, &e, 1);
	assert_int_equal(c->last_id, 150);
	e.key3[31] ^= 1;
	e.last_id = 10;
	apply(k, 3, 4, false, &e, 1);
	assert_int_equal(c->entries.n, 0);
	assert_int_equal(c->last_id, 10);
	assert_memory_equal(c->key3, e.key3, sizeof e.key3);
	finish(k);
}

TEST(a_client_is_found_by_each_spi_that_it_may_come_with_and_by_no_former_one)
{
	kit *k = start();
	link_entry e = entry(1);

	e.spis[2] = 0x777777;
	apply(k, 0, 1, false, &e, 1);
	const relay_client *c = relay_admitted_find(&k->clients, 1);
	for (int i = 0; i < LINK_SPIS; i++)
		assert_ptr_equal(relay_admitted_find_spi(&k->clients, e.spis[i]), c);
	assert_null(relay_admitted_find_spi(&k->clients, 0));
	uint32_t former = e.spis[0];
	e.spis[0] = 0x888888;
	apply(k, 1, 2, false, &e, 1);
	assert_null(relay_admitted_find_spi(&k->clients, former));
	assert_ptr_equal(relay_admitted_find_spi(&k->clients, 0x888888), c);
	/* An SPI that passed to another client stays that one's when the first goes. */
	link_entry other = entry(2);
	other.spis[0] = 0x888888;
	apply(k, 2, 3, false, &other, 1);
	e.flags = LINK_ENTRY_REMOVED;
	apply(k, 3, 4, false, &e, 1);
	assert_ptr_equal(relay_admitted_find_spi(&k->clients, 0x888888),
			 relay_admitted_find(&k->clients, 2));
	finish(k);
}

TEST(a_malformed_message_changes_nothing)
{
	kit *k = start();
	uint8_t body[LINK_ADMIT_HDR + LINK_ENTRY_LEN];
	const link_entry e = entry(1);
	wire_wr w = wire_writer(body, sizeof body);

	link_admit_put(&w, &(link_admit){ .count = 1, .from = 0, .to = 1 });
	link_entry_put(&w, &e);
	const wire_bytes cut = { body, wire_len(&w) - 1 };
	assert_int_equal(relay_admission_apply(&k->a, cut), 0);
	assert_int_equal(k->clients.n, 0);
	finish(k);
}

TEST(clients_leave_the_list_in_any_order)
{
	const uint64_t orders[][3] = { { 1, 2, 3 }, { 3, 2, 1 }, { 2, 1, 3 }, { 2, 3, 1 } };

	for (size_t i = 0; i < COUNT(orders); i++) {
		kit *k = start();
		const link_entry e[] = { entry(1), entry(2), entry(3) };
		apply(k, 0, 3, true, e, 3);
		for (unsigned n = 0; n < 3; n++) {
			relay_admitted_remove(&k->clients,
					      relay_admitted_find(&k->clients, orders[i][n]));
			unsigned left = 0;
			for (relay_client *c = k->clients.first; c; c = c->next) {
				assert_true(!c->next || c->next->prev == c);
				left++;
			}
			assert_int_equal(left, 2 - n);
			assert_int_equal(k->clients.n, 2 - n);
		}
		finish(k);
	}
}

TEST(of_one_client_four_hundred_requests_go_home_and_then_a_hundred_a_second)
{
	kit *k = start();
	unsigned n = 0;

	apply_one(k, 0, 1);
	relay_client *c = relay_admitted_find(&k->clients, 1);
	for (int i = 0; i < 1000; i++)
		n += relay_client_take_request(c, 1000);
	assert_int_equal(n, 400);
	for (int i = 0; i < 1000; i++)
		n += relay_client_take_request(c, 2000);
	assert_int_equal(n, 500);
	finish(k);
}

RUN(T(a_list_is_taken_from_its_beginning_and_in_order),
    T(a_message_that_came_before_under_a_newer_version_is_applied),
    T(the_list_is_complete_once_home_marks_it_so),
    T(who_is_not_in_a_list_that_began_again_goes_when_it_is_complete),
    T(a_removed_client_goes_with_its_visitors), T(another_key_is_another_client),
    T(a_client_is_found_by_each_spi_that_it_may_come_with_and_by_no_former_one),
    T(a_malformed_message_changes_nothing), T(clients_leave_the_list_in_any_order),
    T(of_one_client_four_hundred_requests_go_home_and_then_a_hundred_a_second))
