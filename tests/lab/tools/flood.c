/* SPDX-License-Identifier: MIT */
/* flood.c - packets nobody asked for, from many source addresses, at a given rate and of bounded number.
 *
 *   flood KIND FROM/BITS TO PORT RATE COUNT [TEMPLATE]
 *
 * KIND is one of
 *   garbage    random octets of random length
 *   forged     a well-formed registration request (RFC 5944 3.3) with the time of day as identification,
 *              random body and authenticator
 *   template   the octets of file TEMPLATE (a captured registration) with a few bits flipped
 *   mixed      all of them in turn (template only if given)
 * Sources are drawn from FROM/BITS, source ports at random.  Raw sockets: only inside a namespace.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BODY_MAX  1200
#define NTP_UNIX  2208988800u
#define COUNT_MAX 10000000u

enum kind { GARBAGE, FORGED, TEMPLATE, MIXED, KINDS };
static const char *const kind_name[] = { "garbage", "forged", "template", "mixed" };

typedef struct {
	enum kind kind;
	uint32_t net, host_mask, to;
	uint16_t port;
	uint64_t rate, count, rng;
	uint8_t template[BODY_MAX];
	size_t template_len;
} flood;

typedef struct {
	struct iphdr ip;
	struct udphdr udp;
	uint8_t body[BODY_MAX];
} __attribute__((packed)) datagram;

static uint64_t draw(flood *f)
{
	f->rng ^= f->rng << 13;
	f->rng ^= f->rng >> 7;
	f->rng ^= f->rng << 17;
	return f->rng;
}

static void fill(flood *f, uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(draw(f) >> 24);
}

static size_t make_garbage(flood *f, uint8_t *body)
{
	size_t n = 1 + draw(f) % 600;

	fill(f, body, n);
	return n;
}

/* Fixed part, then a mobile-home authentication extension (type 32) of 20 octets. */
static size_t make_forged(flood *f, uint8_t *body)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	uint32_t seconds = htonl((uint32_t)((uint64_t)t.tv_sec + NTP_UNIX));
	size_t extra = draw(f) % 200;
	memset(body, 0, 24);
	body[0] = 1;
	body[2] = 2, body[3] = 88; /* 600 s */
	memcpy(body + 8, &f->to, 4);
	fill(f, body + 12, 4);
	memcpy(body + 16, &seconds, 4);
	fill(f, body + 20, 4 + extra);
	uint8_t *mhae = body + 24 + extra;
	mhae[0] = 32, mhae[1] = 20;
	fill(f, mhae + 2, 20);
	mhae[2] |= 0x20;
	return 24 + extra + 22;
}

static size_t make_bent(flood *f, uint8_t *body)
{
	memcpy(body, f->template, f->template_len);
	for (uint64_t i = 1 + draw(f) % 4; i; i--)
		body[draw(f) % f->template_len] ^= (uint8_t)(1u << (draw(f) % 8));
	return f->template_len;
}

static size_t make_body(flood *f, uint8_t *body, uint64_t turn)
{
	enum kind k = f->kind == MIXED ? (enum kind)(turn % (f->template_len ? 3 : 2)) : f->kind;

	return k == GARBAGE  ? make_garbage(f, body)
	       : k == FORGED ? make_forged(f, body)
			     : make_bent(f, body);
}

static size_t make_datagram(flood *f, datagram *d, uint64_t turn)
{
	size_t n = make_body(f, d->body, turn);
	size_t len = sizeof d->ip + sizeof d->udp + n;

	d->ip = (struct iphdr){ .version = 4,
				.ihl = 5,
				.ttl = 64,
				.protocol = IPPROTO_UDP,
				.tot_len = htons((uint16_t)len),
				.daddr = f->to,
				.saddr = htonl(f->net | ((uint32_t)draw(f) & f->host_mask)) };
	d->udp = (struct udphdr){ .source = htons((uint16_t)(1024 + draw(f) % 60000)),
				  .dest = htons(f->port),
				  .len = htons((uint16_t)(sizeof d->udp + n)) };
	return len; /* UDP checksum 0: none (RFC 768); the kernel fills in the IP one */
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t send_all(flood *f, int s)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = f->to };
	uint64_t start = now_ns(), sent = 0;
	datagram d;

	for (uint64_t i = 0; i < f->count; i++) {
		uint64_t at = start + i * 1000000000u / f->rate;
		struct timespec t = { (time_t)(at / 1000000000u), (long)(at % 1000000000u) };
		if (at > now_ns())
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		size_t n = make_datagram(f, &d, i);
		sent += sendto(s, &d, n, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)n;
	}
	printf("{\"sent\":%llu,\"seconds\":%.3f}\n", (unsigned long long)sent,
	       (double)(now_ns() - start) / 1e9);
	return sent;
}

static int parse_kind(const char *s)
{
	for (int i = 0; i < KINDS; i++)
		if (!strcmp(s, kind_name[i]))
			return i;
	return -1;
}

static int parse_net(flood *f, char *s)
{
	char *slash = strchr(s, '/');
	struct in_addr a;

	if (!slash)
		return 0;
	*slash = 0;
	int bits = atoi(slash + 1);
	if (inet_pton(AF_INET, s, &a) != 1 || bits < 1 || bits > 31)
		return 0;
	f->host_mask = 0xffffffffu >> bits;
	f->net = ntohl(a.s_addr) & ~f->host_mask;
	return 1;
}

static int load_template(flood *f, const char *path)
{
	FILE *in = path ? fopen(path, "rb") : NULL;

	if (!in)
		return 0;
	f->template_len = fread(f->template, 1, sizeof f->template, in);
	fclose(in);
	return f->template_len > 0;
}

static int parse(flood *f, int argc, char **argv)
{
	int kind = argc >= 7 ? parse_kind(argv[1]) : -1;
	struct in_addr to;

	if (kind < 0 || !parse_net(f, argv[2]) || inet_pton(AF_INET, argv[3], &to) != 1)
		return 0;
	f->kind = (enum kind)kind;
	f->to = to.s_addr;
	f->port = (uint16_t)atoi(argv[4]);
	f->rate = strtoull(argv[5], NULL, 10);
	f->count = strtoull(argv[6], NULL, 10);
	f->rng = now_ns() | 1;
	if (!f->rate || !f->count || f->count > COUNT_MAX)
		return 0;
	return argc < 8 ? kind != TEMPLATE : load_template(f, argv[7]);
}

int main(int argc, char **argv)
{
	flood *f = calloc(1, sizeof *f);

	if (!f || !parse(f, argc, argv)) {
		fprintf(stderr,
			"usage: flood garbage|forged|template|mixed FROM/BITS TO PORT RATE COUNT "
			"[TEMPLATE]\n");
		return 2;
	}
	int s = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (s < 0) {
		fprintf(stderr, "flood: raw socket: %s\n", strerror(errno));
		return 1;
	}
	int all = send_all(f, s) == f->count;
	free(f);
	return all ? 0 : 1;
}
