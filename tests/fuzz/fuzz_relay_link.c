/* SPDX-License-Identifier: MIT */
/* What a relay and home say to each other: whatever is read is written back the same, but for the fields
 * that are reserved. */
#include "proto/relay_link.h"
#include "oracle.h"

static void hello(const uint8_t *data, size_t n)
{
	uint8_t b[LINK_HELLO_LEN];
	link_hello m, again;

	if (!link_hello_get(data, n, &m))
		return;
	oracle_check(n == LINK_HELLO_LEN && m.covered.n + m.auth.n == n);
	wire_wr w = wire_writer(b, sizeof b);
	uint8_t *tag = link_hello_put(&w, &m);
	oracle_check(tag != NULL);
	memcpy(tag, m.auth.p, LINK_AUTH_LEN);
	oracle_check(link_hello_get(b, wire_len(&w), &again));
	oracle_check(again.spi == m.spi && again.time == m.time && again.flags == m.flags &&
		     memcmp(again.value, m.value, LINK_VALUE_LEN) == 0);
}

static void admissions(const uint8_t *data, size_t n)
{
	uint8_t b[LINK_ENTRY_LEN];
	wire_rd r = wire_reader(data, n), copy;
	link_admit m;
	link_entry e, again;

	if (!link_admit_get(&r, &m))
		return;
	for (unsigned i = 0; i < m.count; i++) {
		oracle_check(link_entry_get(&r, &e));
		wire_wr w = wire_writer(b, sizeof b);
		link_entry_put(&w, &e);
		copy = wire_reader(b, wire_len(&w));
		oracle_check(!w.bad && link_entry_get(&copy, &again) && wire_done(&copy));
		oracle_check(again.handle == e.handle && again.last_id == e.last_id);
	}
	oracle_check(wire_done(&r));
}

static void small_ones(const uint8_t *data, size_t n)
{
	uint8_t auth[LINK_AUTH_LEN], other;
	link_hello m;
	wire_rd ack = wire_reader(data, n), ping = ack;
	uint64_t version;
	link_ping p;

	if (link_ack_get(&ack, &version))
		oracle_check(n == 16);
	if (link_ping_get(&ping, &p))
		oracle_check(n == 16 && (p.kind == LINK_PING || p.kind == LINK_PONG));
	if (link_refused_get(data, n, auth))
		oracle_check(n == LINK_REFUSED_LEN);
	if (link_is_other_version(data, n, &other))
		oracle_check(!link_hello_get(data, n, &m));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	hello(data, n);
	admissions(data, n);
	small_ones(data, n);
	return 0;
}
