/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/relay/visitors.h"

enum { CLIENTS = 8 };

typedef struct table {
	relay_conf conf;
	relay_visitors t;
	relay_entries clients[CLIENTS];
	uint64_t last_id;
} table;

static table *start(uint32_t max)
{
	static table k;

	k = (table){ .conf = { .max_visitors = max } };
	assert_true(relay_visitors_init(&k.t, &k.conf));
	return &k;
}

static dgram_in from4(uint8_t host, uint16_t port)
{
	return (dgram_in){ .sock = 1,
			   .from = { .addr = ip4(198, 51, 100, host), .port = port },
			   .local = ip4(203, 0, 113, 10) };
}

static relay_visitor *add(table *k, unsigned client, const dgram_in *d)
{
	return relay_visitors_add(&k->t, d, &k->clients[client]);
}

static relay_visitor *pending(table *k, unsigned client, uint16_t port)
{
	const dgram_in d = from4(1, port);

	return add(k, client, &d);
}

static const relay_request *ask(table *k, relay_visitor *v, uint64_t now_ms)
{
	const relay_request q = { .id = ++k->last_id };

	relay_visitors_await(&k->t, v, now_ms, &q);
	return relay_outstanding_find(&v->outstanding, q.id);
}

/* Asked at now_ms and accepted at once. */
static void consent(table *k, relay_visitor *v, uint64_t now_ms, uint32_t lifetime_s, uint32_t spi)
{
	const reg_key3 key3 = { .spi = spi, .key = { 1 } };
	const relay_request *q = ask(k, v, now_ms);

	assert_true(relay_visitors_register(&k->t, v, now_ms, lifetime_s, &key3));
	relay_visitors_settle(&k->t, v, q);
}

static relay_visitor *registered(table *k, unsigned client, uint16_t port)
{
	relay_visitor *v = pending(k, client, port);

	assert_non_null(v);
	consent(k, v, 0, 600, 0x50000000u + port);
	return v;
}

TEST(an_entry_is_found_by_exactly_where_its_client_is)
{
	table *k = start(100);
	dgram_in d = from4(1, 5000);
	relay_visitor *v = add(k, 0, &d);

	assert_ptr_equal(relay_visitors_find(&k->t, &d), v);
	assert_ptr_equal(relay_visitors_find(&k->t, &d), v); /* as the recent one, too */
	d.from.port++;
	assert_null(relay_visitors_find(&k->t, &d));
	d = from4(2, 5000);
	assert_null(relay_visitors_find(&k->t, &d));
	d = from4(1, 5000);
	d.sock = 2; /* the other port of the relay's: another mapping of the NAT */
	assert_null(relay_visitors_find(&k->t, &d));
	d.sock = 1;
	assert_ptr_equal(relay_visitors_find(&k->t, &d), v);
	relay_visitors_remove(&k->t, v); /* the recent one */
	assert_null(k->t.recent);
	assert_null(relay_visitors_find(&k->t, &d));
	relay_visitors_free(&k->t);
}

static dgram_in from6(const char *at, uint16_t port, uint32_t scope)
{
	dgram_in d = { .sock = 1, .from = { .port = port, .scope = scope } };

	assert_true(ip_parse(at, &d.from.addr));
	return d;
}

TEST(ipv6_clients_are_distinguished_by_all_of_their_address_and_port)
{
	table *k = start(100);
	const dgram_in d[] = { from6("2001:db8::1", 5000, 0), from6("2001:db8::2", 5000, 0),
			       from6("2001:db8::1", 5001, 0), from6("2001:db8:1::1", 5000, 0) };
	relay_visitor *v[COUNT(d)];

	for (unsigned i = 0; i < COUNT(d); i++)
		v[i] = add(k, i, &d[i]);
	for (unsigned i = 0; i < COUNT(d); i++)
		assert_ptr_equal(relay_visitors_find(&k->t, &d[i]), v[i]);
	const dgram_in link = from6("2001:db8::1", 5000, 3); /* the same address on another link */
	assert_null(relay_visitors_find(&k->t, &link));
	relay_visitors_free(&k->t);
}

/* Two IPv6 endpoints with one key of the map: see endpoint_key(). */
TEST(an_address_with_the_key_of_another_does_not_take_its_place)
{
	table *k = start(100);
	const dgram_in a = from6("2001:db8::1", 5000, 0);
	dgram_in b = a;

	b.from.port = 5001;
	store_be64(b.from.addr.b, load_be64(a.from.addr.b) ^ (uint64_t)(0x10000 | 5000) << 24 ^
					  (uint64_t)(0x10000 | 5001) << 24);
	relay_visitor *v = add(k, 0, &a);
	assert_null(relay_visitors_find(&k->t, &b));
	assert_null(add(k, 1, &b));
	assert_ptr_equal(relay_visitors_find(&k->t, &a), v);
	assert_int_equal(k->t.n_pending, 1);
	relay_visitors_free(&k->t);
}

TEST(ports_are_given_in_turn_and_a_returned_one_comes_last)
{
	table *k = start(RELAY_PORTS);
	uint32_t seen = 0;
	uint16_t first = 0;

	for (uint32_t i = 0; i < RELAY_PORTS; i++) {
		relay_visitor *v = pending(k, 0, 5000);
		assert_in_range(v->port, RELAY_PORT_FIRST, 65535);
		assert_int_not_equal(v->port, 4500);
		if (i == 0)
			first = v->port;
		else
			assert_int_not_equal(v->port, first);
		assert_ptr_equal(relay_visitors_at(&k->t, v->port), v);
		seen++;
		relay_visitors_remove(&k->t, v);
	}
	assert_int_equal(seen, RELAY_PORTS);
	relay_visitor *again = pending(k, 0, 5000);
	assert_int_equal(again->port, first);
	relay_visitors_free(&k->t);
}

TEST(a_port_in_use_is_passed_over)
{
	table *k = start(100);
	relay_visitor *a = pending(k, 0, 5000);

	k->t.port_cursor = (uint16_t)(a->port - 1);
	assert_int_not_equal(pending(k, 1, 5001)->port, a->port);
	relay_visitors_free(&k->t);
}

TEST(of_a_clients_entries_the_one_accepted_longest_ago_gives_way)
{
	table *k = start(100);
	relay_visitor *v[RELAY_ENTRIES_OF_CLIENT];

	for (uint16_t i = 0; i < RELAY_ENTRIES_OF_CLIENT; i++)
		v[i] = registered(k, 0, (uint16_t)(5000 + i));
	consent(k, v[0], 10, 600, 0x50000000); /* renewed */
	uint16_t gone = v[1]->port, kept = v[0]->port;
	assert_non_null(pending(k, 0, 6000));
	assert_null(relay_visitors_at(&k->t, gone));
	assert_non_null(relay_visitors_at(&k->t, kept));
	assert_int_equal(k->clients[0].n, RELAY_ENTRIES_OF_CLIENT);
	assert_int_equal(k->t.n_registered, RELAY_ENTRIES_OF_CLIENT - 1);
	relay_visitors_free(&k->t);
}

TEST(in_a_full_table_the_oldest_pending_entry_gives_way)
{
	table *k = start(4);

	registered(k, 0, 5000);
	uint16_t ports[3];
	for (uint16_t i = 0; i < 3; i++)
		ports[i] = pending(k, 1 + i, (uint16_t)(6000 + i))->port;
	assert_non_null(pending(k, 4, 7000));
	assert_null(relay_visitors_at(&k->t, ports[0]));
	assert_non_null(relay_visitors_at(&k->t, ports[1]));
	/* One in the middle goes; the order of the others stays. */
	relay_visitors_remove(&k->t, relay_visitors_at(&k->t, ports[2]));
	assert_non_null(pending(k, 5, 7001));
	assert_non_null(relay_visitors_at(&k->t, ports[1]));
	assert_non_null(pending(k, 6, 7002));
	assert_null(relay_visitors_at(&k->t, ports[1]));
	assert_int_equal(k->t.n_pending, 3);
	relay_visitors_free(&k->t);
}

TEST(visitors_never_give_way)
{
	table *k = start(2);

	registered(k, 0, 5000);
	registered(k, 1, 5001);
	assert_null(pending(k, 2, 5002));
	assert_int_equal(k->t.n_registered, 2);
	relay_visitors_remove(&k->t, relay_visitors_find_session(&k->t, 0x50000000u + 5000));
	assert_non_null(pending(k, 2, 5002));
	relay_visitors_free(&k->t);
}

TEST(an_entry_ends_five_seconds_after_its_registration)
{
	table *k = start(100);
	relay_visitor *v = pending(k, 0, 5000);

	consent(k, v, 1000, 600, 7);
	assert_int_equal(relay_visitors_next_timer_ms(&k->t), 1000 + 600 * 1000 + 5000);
	assert_int_equal(relay_visitor_left_s(v, 1000), 600);
	assert_int_equal(relay_visitor_left_s(v, 600 * 1000), 1);
	assert_int_equal(relay_visitor_left_s(v, 601 * 1000), 0);
	assert_int_equal(relay_visitor_left_s(v, 605 * 1000), 0);
	assert_null(relay_visitors_expire(&k->t, 605999));
	assert_int_equal(k->t.n_registered, 1);
	assert_null(relay_visitors_expire(&k->t, 606000));
	assert_int_equal(k->t.n_registered, 0);
	assert_null(relay_visitors_find_session(&k->t, 7));
	assert_int_equal(k->clients[0].n, 0);
	relay_visitors_free(&k->t);
}

TEST(a_pending_entry_ends_when_home_does_not_answer_in_time)
{
	table *k = start(100);
	relay_visitor *v = pending(k, 0, 5000);

	ask(k, v, 1000);
	assert_int_equal(relay_visitors_next_timer_ms(&k->t), 7000);
	assert_null(relay_visitors_expire(&k->t, 6999));
	assert_ptr_equal(relay_visitors_expire(&k->t, 7000), v);
	relay_visitors_give_up(&k->t, v, relay_outstanding_oldest(&v->outstanding));
	assert_int_equal(k->t.n_pending, 0);
	assert_true(relay_visitors_next_timer_ms(&k->t) == UINT64_MAX);
	relay_visitors_free(&k->t);
}

TEST(a_visitor_outlives_a_renewal_that_home_does_not_answer)
{
	table *k = start(100);
	relay_visitor *v = pending(k, 0, 5000);

	consent(k, v, 0, 600, 7);
	ask(k, v, 10000);
	assert_int_equal(relay_visitors_next_timer_ms(&k->t), 16000);
	assert_ptr_equal(relay_visitors_expire(&k->t, 16000), v);
	relay_visitors_give_up(&k->t, v, relay_outstanding_oldest(&v->outstanding));
	assert_null(relay_outstanding_find(&v->outstanding, k->last_id));
	assert_int_equal(relay_visitors_next_timer_ms(&k->t), 605000);
	assert_int_equal(k->t.n_registered, 1);
	relay_visitors_free(&k->t);
}

TEST(a_visitors_other_requests_are_not_waited_for_once_one_is_answered)
{
	table *k = start(100);
	relay_visitor *v = pending(k, 0, 5000);

	ask(k, v, 0);
	consent(k, v, 100, 600, 7);
	assert_int_equal(relay_visitors_next_timer_ms(&k->t), 100 + 605000);
	relay_visitors_free(&k->t);
}

TEST(a_pending_entry_waits_for_its_other_requests_and_goes_with_the_last)
{
	table *k = start(100);
	relay_visitor *v = pending(k, 0, 5000);
	const relay_request *a = ask(k, v, 0), *b = ask(k, v, 500);

	relay_visitors_settle(&k->t, v, a);
	assert_int_equal(k->t.n_pending, 1);
	assert_int_equal(relay_visitors_next_timer_ms(&k->t), 6500);
	relay_visitors_settle(&k->t, v, b);
	assert_int_equal(k->t.n_pending, 0);
	relay_visitors_free(&k->t);
}

/* Home may still grant the second one: the port stays the client's until then. */
TEST(a_pending_entry_outlives_a_request_without_an_answer_by_the_next_ones_time)
{
	table *k = start(100);
	relay_visitor *v = pending(k, 0, 5000);

	ask(k, v, 1000);
	ask(k, v, 5000);
	assert_ptr_equal(relay_visitors_expire(&k->t, 7000), v);
	relay_visitors_give_up(&k->t, v, relay_outstanding_oldest(&v->outstanding));
	assert_int_equal(k->t.n_pending, 1);
	assert_int_equal(relay_visitors_next_timer_ms(&k->t), 11000);
	assert_null(relay_visitors_expire(&k->t, 10999));
	assert_ptr_equal(relay_visitors_expire(&k->t, 11000), v);
	relay_visitors_give_up(&k->t, v, relay_outstanding_oldest(&v->outstanding));
	assert_int_equal(k->t.n_pending, 0);
	relay_visitors_free(&k->t);
}

TEST(a_session_follows_the_entry_that_was_accepted_last)
{
	table *k = start(100);
	relay_visitor *a = registered(k, 0, 5000), *b = pending(k, 0, 5001);

	consent(k, a, 10, 600, 8); /* under a new key: the former is forgotten */
	assert_null(relay_visitors_find_session(&k->t, 0x50000000u + 5000));
	assert_ptr_equal(relay_visitors_find_session(&k->t, 8), a);
	consent(k, b, 20, 600, 8);
	assert_ptr_equal(relay_visitors_find_session(&k->t, 8), b);
	relay_visitors_remove(&k->t, a); /* takes its own session only */
	assert_ptr_equal(relay_visitors_find_session(&k->t, 8), b);
	relay_visitors_free(&k->t);
}

TEST(all_of_one_client_go_and_no_others)
{
	table *k = start(100);

	for (uint16_t i = 0; i < 3; i++) {
		registered(k, 0, (uint16_t)(5000 + i));
		registered(k, 1, (uint16_t)(6000 + i));
	}
	pending(k, 0, 7000);
	const dgram_in d = from4(1, 5001);
	assert_non_null(relay_visitors_find(&k->t, &d));
	relay_visitors_remove_all(&k->t, &k->clients[0]);
	assert_null(relay_visitors_find(&k->t, &d)); /* not as the recent one either */
	assert_int_equal(k->clients[0].n, 0);
	assert_null(k->clients[0].first);
	assert_int_equal(k->clients[1].n, 3);
	assert_int_equal(k->t.n_registered, 3);
	assert_int_equal(k->t.n_pending, 0);
	relay_visitors_free(&k->t);
}

TEST(a_registered_entry_has_its_end_as_its_time)
{
	table *k = start(10);
	relay_visitor *v = pending(k, 0, 5000);
	const reg_key3 key3 = { .spi = 0x50000000, .key = { 1 } };

	assert_true(relay_visitors_next_timer_ms(&k->t) == UINT64_MAX);
	assert_true(relay_visitors_register(&k->t, v, 1000, 600, &key3));
	assert_true(relay_visitors_next_timer_ms(&k->t) == v->expires_ms);
	relay_visitors_free(&k->t);
}

RUN(T(a_registered_entry_has_its_end_as_its_time),
    T(an_entry_is_found_by_exactly_where_its_client_is),
    T(ipv6_clients_are_distinguished_by_all_of_their_address_and_port),
    T(an_address_with_the_key_of_another_does_not_take_its_place),
    T(ports_are_given_in_turn_and_a_returned_one_comes_last), T(a_port_in_use_is_passed_over),
    T(of_a_clients_entries_the_one_accepted_longest_ago_gives_way),
    T(in_a_full_table_the_oldest_pending_entry_gives_way), T(visitors_never_give_way),
    T(an_entry_ends_five_seconds_after_its_registration),
    T(a_pending_entry_ends_when_home_does_not_answer_in_time),
    T(a_visitor_outlives_a_renewal_that_home_does_not_answer),
    T(a_visitors_other_requests_are_not_waited_for_once_one_is_answered),
    T(a_pending_entry_waits_for_its_other_requests_and_goes_with_the_last),
    T(a_pending_entry_outlives_a_request_without_an_answer_by_the_next_ones_time),
    T(a_session_follows_the_entry_that_was_accepted_last), T(all_of_one_client_go_and_no_others))
