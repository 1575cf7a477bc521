/* SPDX-License-Identifier: MIT */
/* Answers of any octets to a question for one name, A or AAAA by the first octet; the id is always right. What
 * is found does not depend on the room, a cut answer is none of ours, and an answer written from what
 * was found reads as the same. */
#include "proto/dns.h"
#include "oracle.h"

enum { MAX = 8, HEADER = 12 };

/* Same question, same addresses, nothing compressed. */
static size_t write_again(const dns_question *q, const ip_addr *a, unsigned n, uint8_t *out,
			  size_t room)
{
	wire_wr w = wire_writer(out, room);

	oracle_check(dns_query_put(&w, q));
	size_t name = wire_len(&w) - HEADER - 4;
	store_be16(out + 2, 0x8180);
	store_be16(out + 6, (uint16_t)n);
	for (unsigned i = 0; i < n; i++) {
		wire_put(&w, out + HEADER, name + 4);
		wire_put_u32(&w, 0);
		wire_put_u16(&w, a[i].len);
		wire_put(&w, a[i].b, a[i].len);
	}
	oracle_check(!w.bad);
	return wire_len(&w);
}

static void check_found(const dns_question *q, const ip_addr *a, unsigned n)
{
	uint8_t b[DNS_QUERY_MAX + MAX * (DNS_NAME_MAX + 26)];
	ip_addr again[MAX];
	unsigned n_again;

	oracle_check(n > 0 && n <= MAX);
	for (unsigned i = 0; i < n; i++)
		oracle_check(a[i].len == (q->type == DNS_A ? 4 : 16));
	size_t len = write_again(q, a, n, b, sizeof b);
	oracle_check(dns_answer_get(b, len, q, again, MAX, &n_again) == DNS_ADDRESSES);
	oracle_check(n_again == n && memcmp(again, a, n * sizeof *a) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	dns_question q = { .host = "home.example.net" };
	ip_addr found[MAX], one;
	unsigned n_found, n_one;

	if (n < 3)
		return 0;
	q.type = data[0] & 1 ? DNS_AAAA : DNS_A;
	q.id = load_be16(++data);
	n--;
	dns_verdict v = dns_answer_get(data, n, &q, found, MAX, &n_found);
	oracle_check(v < DNS_N_VERDICTS && (v == DNS_ADDRESSES) == (n_found > 0));
	oracle_check(dns_answer_get(data, n, &q, &one, 1, &n_one) == v);
	if (v == DNS_ADDRESSES) {
		oracle_check(n_one == 1 && ip_equal(&one, &found[0]));
		check_found(&q, found, n_found);
	}
	q.id ^= 1;
	oracle_check(dns_answer_get(data, n, &q, found, MAX, &n_found) == DNS_NOT_OURS);
	return 0;
}
