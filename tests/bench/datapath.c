/* SPDX-License-Identifier: MIT */
/* Nanoseconds a packet for the stages that every packet of a TCP stream goes through: cut from a
 * super-segment, seal; open, join. Inner packets of 1,400 octets (or the argument's number), one
 * thread, the best of several rounds so that what else runs on the machine counts little. Prints a
 * table, and the heap that an association takes. */
#include "core/packet/dgramq.h"
#include "core/packet/join.h"
#include "core/packet/segment.h"
#include "core/sa/set.h"
#include "proto/checksum.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SUPER = 46, NOW_MS = 1, ROUNDS = 60, REPEAT = 100, HDR = 52, ROOM = 2048, MAX_INNER = 1990 };

typedef struct bench {
	size_t inner; /* octets of an inner packet */
	uint8_t super[VNET_HDR_LEN + 65535], work[VNET_HDR_LEN + 65535];
	size_t super_len;
	uint8_t pkt[SUPER][ROOM]; /* cut, sealed or opened in place */
	uint8_t keep[SUPER][ROOM];
	ip_view view[SUPER];
	size_t n; /* packets of one super-segment */
	join j;
	dgramq q;
	esp_cipher cipher;
} bench;

typedef void stage(bench *b, sa_pair *sa);

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* As the kernel hands it out: headers of the first segment, pseudo-header's sum in the checksum's place. */
static void make_super(bench *b)
{
	size_t payload = (b->inner - HDR) * SUPER, len = HDR + payload;

	if (len > 65535) {
		payload = (65535 - HDR) / (b->inner - HDR) * (b->inner - HDR);
		len = HDR + payload;
	}
	uint16_t gso = (uint16_t)(b->inner - HDR), hdr = HDR, start = 20, offset = 16;
	uint8_t *p = b->super + VNET_HDR_LEN, *t = p + 20;
	memset(b->super, 0, sizeof b->super);
	b->super[0] = b->super[1] = 1; /* checksum to do, TCP over IPv4 */
	memcpy(b->super + 2, &hdr, 2);
	memcpy(b->super + 4, &gso, 2);
	memcpy(b->super + 6, &start, 2);
	memcpy(b->super + 8, &offset, 2);
	memcpy(p, "\x45\0\0\0\0\1\x40\0\x40\6\0\0\xc0\xa8\x32\x65\xc0\xa8\x32\x14", 20);
	store_be16(p + 2, (uint16_t)len);
	memcpy(t, "\x9c\x40\1\xbb\0\0\0\1\0\0\0\1\x80\x10\1\xf5", 16);
	memcpy(t + 20, "\1\1\x08\x0a\0\0\0\1\0\0\0\2", 12);
	for (size_t i = 0; i < payload; i++)
		t[32 + i] = (uint8_t)(i * 31 + i / 256);
	b->super_len = VNET_HDR_LEN + len;
}

static void cut(bench *b, sa_pair *sa)
{
	segmenter s;

	(void)sa;
	memcpy(b->work, b->super, VNET_HDR_LEN + HDR); /* the headers become templates */
	if (segment_begin(&s, b->work, b->super_len, b->inner) != SEGMENT_OK)
		abort();
	for (b->n = 0; segment_next(&s, b->pkt[b->n] + ESP_PAYLOAD_AT) != 0;)
		b->n++;
}

static void seal(bench *b, sa_pair *sa)
{
	for (size_t i = 0; i < b->n; i++)
		if (sa_pair_seal(sa, NOW_MS, b->pkt[i], b->inner, ESP_NEXT_IPV4) == 0)
			abort();
}

static void open_all(bench *b, sa_pair *sa)
{
	esp_opened o;

	for (size_t i = 0; i < b->n; i++)
		if (sa_pair_open(sa, NOW_MS, b->pkt[i], esp_sealed_len(b->inner), &o) != ESP_OK)
			abort();
}

static void join_all(bench *b, sa_pair *sa)
{
	(void)sa;
	join_clear(&b->j);
	for (size_t i = 0; i < b->n; i++) {
		uint8_t *p = b->pkt[i] + ESP_PAYLOAD_AT;
		if (!ip_parse_packet(p, b->inner, false, &b->view[i]))
			abort();
		join_add(&b->j, p, &b->view[i]);
	}
	join_finish(&b->j);
	if (b->j.n != 1)
		abort();
}

/* The whole way out: what one read from the TUN costs until it can be sent. */
static void cut_and_seal(bench *b, sa_pair *sa)
{
	dgram_route r = { .to = { .addr = ip4(192, 0, 2, 1), .port = 4500 } };
	segmenter s;
	size_t n;

	memcpy(b->work, b->super, VNET_HDR_LEN + HDR);
	dgramq_clear(&b->q);
	if (segment_begin(&s, b->work, b->super_len, b->inner) != SEGMENT_OK)
		abort();
	for (;;) {
		uint8_t *p = dgramq_reserve(&b->q, b->inner + ESP_MAX_OVERHEAD);
		if (!p || (n = segment_next(&s, p + ESP_PAYLOAD_AT)) == 0)
			break;
		dgramq_commit(&b->q, &r, sa_pair_seal(sa, NOW_MS, p, n, ESP_NEXT_IPV4));
	}
}

/* The whole way in, from what was received to what can be written. */
static void open_and_join(bench *b, sa_pair *sa)
{
	join_clear(&b->j);
	for (size_t i = 0; i < b->n; i++) {
		esp_opened o;
		if (sa_pair_open(sa, NOW_MS, b->pkt[i], esp_sealed_len(b->inner), &o) != ESP_OK ||
		    !ip_parse_packet(o.inner, o.len, false, &b->view[i]))
			abort();
		join_add(&b->j, o.inner, &b->view[i]);
	}
	join_finish(&b->j);
	if (b->j.n != 1)
		abort();
}

static void sum_all(bench *b, sa_pair *sa)
{
	uint64_t sum = 0;

	(void)sa;
	for (size_t i = 0; i < b->n; i++)
		sum = csum_partial(b->pkt[i] + ESP_PAYLOAD_AT, b->inner, sum);
	b->keep[0][ROOM - 1] = (uint8_t)csum_fold(sum);
}

static esp_sa *make_sa(const bench *b, esp_direction d)
{
	static const uint8_t key[36] = { 1, 2, 3, 4 };
	err e;
	esp_params p = {
		.cipher = b->cipher, .direction = d, .esn = true, .spi = ESP_MIN_SPI, .key = key
	};
	esp_sa *sa = esp_sa_new(&p, &e);

	if (!sa)
		abort();
	return sa;
}

static sa_pair *make_pair(const bench *b, uint32_t spi)
{
	static const uint8_t key[36] = { 1, 2, 3, 4 };
	const sa_pair_conf c = { .cipher = b->cipher,
				 .esn = true,
				 .spi_in = spi,
				 .spi_out = spi,
				 .key_in = key,
				 .key_out = key,
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER } };
	sa_pair *p = sa_pair_new(&c);

	if (!p)
		abort();
	return p;
}

static void restore(bench *b)
{
	memcpy(b->pkt, b->keep, sizeof b->pkt);
}

/* Best round of several; a new association each, as an inbound one opens a packet only once. */
static double measure(bench *b, stage *s, esp_direction d, bool again)
{
	double best = 1e9;
	sa_pair *sa = make_pair(b, ESP_MIN_SPI);

	for (int i = 0; i < ROUNDS * REPEAT; i++) {
		if (again)
			restore(b);
		if (d == ESP_IN) {
			sa_pair_free(sa);
			sa = make_pair(b, ESP_MIN_SPI);
		}
		uint64_t t = now_ns();
		s(b, sa);
		double ns = (double)(now_ns() - t) / (double)b->n;
		best = ns < best ? ns : best;
	}
	sa_pair_free(sa);
	return best;
}

static void row(const bench *b, const char *what, double ns)
{
	printf("%-36s %8.0f ns %10.1f Gbit/s\n", what, ns, (double)b->inner * 8 / ns);
}

static void run_cipher(bench *b)
{
	char what[64];

	cut(b, NULL);
	snprintf(what, sizeof what, "seal, %s", esp_cipher_name(b->cipher));
	row(b, what, measure(b, seal, ESP_OUT, false));
	snprintf(what, sizeof what, "cut and seal, %s", esp_cipher_name(b->cipher));
	row(b, what, measure(b, cut_and_seal, ESP_OUT, false));

	cut(b, NULL);
	sa_pair *sa = make_pair(b, ESP_MIN_SPI);
	seal(b, sa);
	sa_pair_free(sa);
	memcpy(b->keep, b->pkt, sizeof b->pkt);
	snprintf(what, sizeof what, "open, %s", esp_cipher_name(b->cipher));
	row(b, what, measure(b, open_all, ESP_IN, true));
	snprintf(what, sizeof what, "open and join, %s", esp_cipher_name(b->cipher));
	row(b, what, measure(b, open_and_join, ESP_IN, true));
}

/* Of many, since the allocator keeps the few that were freed last for itself. */
static void heap_of_an_association(bench *b)
{
	enum { MANY = 500 };
	static esp_sa *sa[MANY][2];
	size_t before = mallinfo2().uordblks;

	for (size_t i = 0; i < MANY; i++) {
		sa[i][0] = make_sa(b, ESP_IN);
		sa[i][1] = make_sa(b, ESP_OUT);
	}
	size_t both = mallinfo2().uordblks - before;
	for (size_t i = 0; i < MANY; i++) {
		esp_sa_rest(sa[i][0]);
		esp_sa_rest(sa[i][1]);
	}
	size_t resting = mallinfo2().uordblks - before;
	for (size_t i = 0; i < MANY * 2; i++)
		esp_sa_free(sa[i / 2][i % 2]);
	printf("heap of an association, both ways, %s: %zu octets; resting: %zu\n",
	       esp_cipher_name(b->cipher), both / MANY, resting / MANY);
}

/* --- from a packet to its association, of many --- */

enum { PEERS = 1000, SWEEPS = 200 };

typedef struct peers {
	sa_store *store;
	sa_set sets[PEERS];
	uint32_t spis[PEERS];
} peers;

static void open_peers(const bench *b, peers *all)
{
	static const sa_rules rules = { .max_larval = 1 };
	const ip_prefix any = { .addr = { .len = 4 } };

	all->store = sa_store_new();
	for (unsigned i = 0; i < PEERS; i++) {
		const ip_prefix host = { ip4(10, 0, (uint8_t)(i >> 8), (uint8_t)i), 32 };
		const sa_selector s = sa_selector_of_all(&any, &host);
		sa_set *set = &all->sets[i];
		sa_set_open(set, all->store, &rules, all);
		all->spis[i] = sa_store_pick_spi(all->store);
		sa_pair *p = make_pair(b, all->spis[i]);
		if (!sa_set_select(set, &s, 1) || !sa_set_install(set, p) ||
		    !sa_set_confirm(set, p, NOW_MS))
			abort();
	}
}

typedef void sweep(peers *all, uint8_t *pkt, const ip_view *v);

static void find_in(peers *all, uint8_t *pkt, const ip_view *v)
{
	(void)pkt, (void)v;
	for (unsigned i = 0; i < PEERS; i++)
		if (sa_store_find_in(all->store, all->spis[i])->set != &all->sets[i])
			abort();
}

static void find_out(peers *all, uint8_t *pkt, const ip_view *v)
{
	for (unsigned i = 0; i < PEERS; i++) {
		memcpy(pkt + 16, (uint8_t[]){ 10, 0, (uint8_t)(i >> 8), (uint8_t)i }, 4);
		const sa_packet s = sa_packet_to_send(pkt, v);
		if (!sa_set_sending(sa_set_find_out(all->store, &s, NOW_MS), NOW_MS))
			abort();
	}
}

static void permit(peers *all, uint8_t *pkt, const ip_view *v)
{
	for (unsigned i = 0; i < PEERS; i++) {
		memcpy(pkt + 12, (uint8_t[]){ 10, 0, (uint8_t)(i >> 8), (uint8_t)i }, 4);
		const sa_packet s = sa_packet_received(pkt, v);
		if (!sa_set_permits(&all->sets[i], &s))
			abort();
	}
}

static void run_lookups(bench *b)
{
	static const struct {
		const char *what;
		sweep *sweep;
	} rows[] = { { "association of 1,000 by SPI", find_in },
		     { "association of 1,000 by packet", find_out },
		     { "packet against its selectors", permit } };
	static peers all;
	uint8_t pkt[HDR];
	ip_view v;

	memcpy(pkt, b->super + VNET_HDR_LEN, HDR);
	if (!ip_parse_packet(pkt, HDR, true, &v))
		abort();
	open_peers(b, &all);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double best = 1e9;
		for (int n = 0; n < SWEEPS; n++) {
			uint64_t t = now_ns();
			rows[i].sweep(&all, pkt, &v);
			double ns = (double)(now_ns() - t) / PEERS;
			best = ns < best ? ns : best;
		}
		printf("%-36s %8.0f ns\n", rows[i].what, best);
	}
	for (unsigned i = 0; i < PEERS; i++)
		sa_set_close(&all.sets[i]);
	sa_store_free(all.store);
}

int main(int argc, char **argv)
{
	static bench b; /* too large for the stack */

	b.inner = argc > 1 ? strtoul(argv[1], NULL, 10) : 1400;
	if (b.inner <= HDR || b.inner > MAX_INNER || !join_init(&b.j, false) ||
	    !dgramq_init(&b.q)) {
		fprintf(stderr, "usage: %s [octets of an inner packet, %d to %d]\n", argv[0],
			HDR + 1, MAX_INNER);
		return 2;
	}
	make_super(&b);
	cut(&b, NULL);
	memcpy(b.keep, b.pkt, sizeof b.pkt);
	printf("inner packets of %zu octets, %zu of them in a super-segment\n", b.inner, b.n);
	row(&b, "checksum alone", measure(&b, sum_all, ESP_OUT, false));
	row(&b, "cut", measure(&b, cut, ESP_OUT, false));
	row(&b, "join", measure(&b, join_all, ESP_OUT, true));
	run_lookups(&b);
	for (unsigned c = 0; c < ESP_N_CIPHERS; c++) {
		b.cipher = (esp_cipher)c;
		run_cipher(&b);
		heap_of_an_association(&b);
	}
	join_free(&b.j);
	dgramq_free(&b.q);
	return 0;
}
