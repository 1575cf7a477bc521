/* SPDX-License-Identifier: MIT */
/* delay.c - forwards Ethernet frames between two interfaces with a delay queue.
 *
 * Theory of operation.  One AF_PACKET socket on each interface, with PACKET_VNET_HDR so that packets
 * which the sender left to be segmented or checksummed later pass as they are.  A frame that arrives
 * is put into a heap of its direction, keyed by the time it leaves; one loop sleeps until a frame
 * arrives or the next has to leave.  Loss, rate and jitter are drawn when a frame arrives.  Settings change
 * while it runs, by lines on standard input: "ab|ba|both KEY VALUE"; each is answered "ok KEY" or
 * "bad ...".  delay_ms, jitter_ms (uniform, added; frames may overtake each other), loss (0..1),
 * rate_mbit (0: none), limit_kib (queue, 0: 64 MiB), down (1: everything is dropped in silence), keep
 * (1: go on when standard input is closed; else that is the end).
 *
 *   delay IFA IFB [--delay-ms N] [--jitter-ms N] [--loss P] [--rate-mbit N] [--limit-kib N]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define FRAME_MAX     (256u * 1024u)
#define QUEUE_DEFAULT (64u * 1024u * 1024u)
#define BURST         64

typedef struct {
	uint64_t leaves_ns;
	uint64_t order; /* keeps first-in first-out among equals */
	size_t len;
	uint8_t *data;
} frame;

typedef struct {
	double delay_ms, jitter_ms, loss, rate_mbit, limit_kib, down, keep;
} settings;

typedef struct {
	settings set;
	frame *heap;
	size_t count, room, bytes;
	uint64_t order, line_free_ns;
	int in, out;
} direction;

typedef struct {
	direction dir[2]; /* ab, ba */
	uint64_t rng;
	char line[256];
	size_t line_len;
	uint8_t buf[FRAME_MAX];
} forwarder;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double draw(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (double)(*s >> 11) / 9007199254740992.0;
}

static void die(const char *what)
{
	fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool before(const frame *a, const frame *b)
{
	return a->leaves_ns != b->leaves_ns ? a->leaves_ns < b->leaves_ns : a->order < b->order;
}

static void swap(frame *a, frame *b)
{
	frame t = *a;

	*a = *b;
	*b = t;
}

static void heap_push(direction *d, frame f)
{
	if (d->count == d->room) {
		d->room = d->room ? d->room * 2 : 1024;
		d->heap = realloc(d->heap, d->room * sizeof *d->heap);
		if (!d->heap)
			die("memory");
	}
	size_t i = d->count++;
	d->heap[i] = f;
	d->bytes += f.len;
	for (; i && before(&d->heap[i], &d->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&d->heap[i], &d->heap[(i - 1) / 2]);
}

static frame heap_pop(direction *d)
{
	frame top = d->heap[0];

	d->heap[0] = d->heap[--d->count];
	d->bytes -= top.len;
	for (size_t i = 0;;) {
		size_t l = 2 * i + 1, m = i;
		if (l < d->count && before(&d->heap[l], &d->heap[m]))
			m = l;
		if (l + 1 < d->count && before(&d->heap[l + 1], &d->heap[m]))
			m = l + 1;
		if (m == i)
			return top;
		swap(&d->heap[i], &d->heap[m]);
		i = m;
	}
}

static int open_port(const char *name)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1, size = 32 * 1024 * 1024, index = (int)if_nametoindex(name);

	if (fd < 0 || !index)
		die(name);
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = index };
	struct packet_mreq all = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one))
		die("PACKET_VNET_HDR");
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one))
		die("PACKET_IGNORE_OUTGOING");
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all))
		die("PACKET_MR_PROMISC");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&at, sizeof at))
		die("bind");
	return fd;
}

static uint64_t leaves_at(direction *d, uint64_t *rng, size_t len, uint64_t now)
{
	uint64_t start = now;

	if (d->set.rate_mbit > 0) {
		start = d->line_free_ns > now ? d->line_free_ns : now;
		start += (uint64_t)((double)len * 8000.0 / d->set.rate_mbit);
		d->line_free_ns = start;
	}
	double ms = d->set.delay_ms;
	if (d->set.jitter_ms > 0)
		ms += draw(rng) * d->set.jitter_ms;
	return start + (uint64_t)(ms * 1e6);
}

static void admit(forwarder *f, direction *d, size_t len, uint64_t now)
{
	size_t limit = d->set.limit_kib > 0 ? (size_t)(d->set.limit_kib * 1024) : QUEUE_DEFAULT;

	if (d->set.down > 0 || d->bytes + len > limit)
		return;
	if (d->set.loss > 0 && draw(&f->rng) < d->set.loss)
		return;
	frame fr = { .leaves_ns = leaves_at(d, &f->rng, len, now),
		     .order = d->order++,
		     .len = len,
		     .data = malloc(len) };
	if (!fr.data)
		die("memory");
	memcpy(fr.data, f->buf, len);
	heap_push(d, fr);
}

static void take_in(forwarder *f, direction *d)
{
	for (int i = 0; i < BURST; i++) {
		ssize_t n = recv(d->in, f->buf, sizeof f->buf, MSG_TRUNC);
		if (n < 0 && errno != EAGAIN && errno != ENETDOWN && errno != EINVAL)
			die("recv");
		if (n <= 0)
			return;
		if ((size_t)n <= sizeof f->buf)
			admit(f, d, (size_t)n, now_ns());
	}
}

/* False: the interface cannot take it now; the frame stays where it is. */
static bool put_out(direction *d)
{
	frame *top = &d->heap[0];

	if (send(d->out, top->data, top->len, 0) < 0 && (errno == EAGAIN || errno == ENOBUFS))
		return false;
	free(heap_pop(d).data);
	return true;
}

static uint64_t let_out(direction *d)
{
	for (int i = 0; d->count && i < BURST; i++)
		if (d->heap[0].leaves_ns > now_ns() || !put_out(d))
			break;
	return d->count ? d->heap[0].leaves_ns : UINT64_MAX;
}

static double *setting(settings *s, const char *key)
{
	const struct {
		const char *name;
		double *at;
	} known[] = {
		{ "delay_ms", &s->delay_ms },   { "jitter_ms", &s->jitter_ms },
		{ "loss", &s->loss },           { "rate_mbit", &s->rate_mbit },
		{ "limit_kib", &s->limit_kib }, { "down", &s->down },
		{ "keep", &s->keep },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (!strcmp(known[i].name, key))
			return known[i].at;
	return NULL;
}

static void obey(forwarder *f, char *line)
{
	char which[8], key[32];
	double value;

	if (sscanf(line, "%7s %31s %lf", which, key, &value) != 3 ||
	    !setting(&f->dir[0].set, key)) {
		printf("bad %s\n", line);
		return;
	}
	for (int i = 0; i < 2; i++)
		if (!strcmp(which, "both") || !strcmp(which, i ? "ba" : "ab"))
			*setting(&f->dir[i].set, key) = value;
	printf("ok %s\n", key);
}

/* False when standard input is closed: the lab has gone. */
static bool read_orders(forwarder *f)
{
	ssize_t n = read(0, f->line + f->line_len, sizeof f->line - 1 - f->line_len);

	if (n <= 0)
		return false;
	f->line_len += (size_t)n;
	f->line[f->line_len] = 0;
	for (char *nl; (nl = strchr(f->line, '\n'));) {
		*nl = 0;
		obey(f, f->line);
		f->line_len -= (size_t)(nl + 1 - f->line);
		memmove(f->line, nl + 1, f->line_len + 1);
	}
	return f->line_len < sizeof f->line - 1;
}

static void forward(forwarder *f, bool orders)
{
	for (;;) {
		uint64_t a = let_out(&f->dir[0]), b = let_out(&f->dir[1]);
		uint64_t next = a < b ? a : b, now = now_ns();
		uint64_t wait = next == UINT64_MAX ? 1000000000u : next > now ? next - now : 0;
		struct timespec t = { (time_t)(wait / 1000000000u), (long)(wait % 1000000000u) };
		struct pollfd p[3] = { { f->dir[0].in, POLLIN, 0 },
				       { f->dir[1].in, POLLIN, 0 },
				       { orders ? 0 : -1, POLLIN, 0 } };
		if (ppoll(p, 3, &t, NULL) < 0 && errno != EINTR)
			die("poll");
		for (int i = 0; i < 2; i++)
			if (p[i].revents)
				take_in(f, &f->dir[i]);
		if (p[2].revents && !read_orders(f)) {
			if (!(f->dir[0].set.keep > 0))
				return;
			orders = false;
		}
	}
}

static void options(forwarder *f, int argc, char **argv)
{
	for (int i = 3; i + 1 < argc; i += 2) {
		char key[32];
		snprintf(key, sizeof key, "%.30s", argv[i] + (strncmp(argv[i], "--", 2) ? 0 : 2));
		for (char *c = key; *c; c++)
			*c = *c == '-' ? '_' : *c;
		for (int d = 0; d < 2; d++) {
			double *at = setting(&f->dir[d].set, key);
			if (!at) {
				fprintf(stderr, "delay: unknown option %s\n", argv[i]);
				exit(2);
			}
			*at = strtod(argv[i + 1], NULL);
		}
	}
}

int main(int argc, char **argv)
{
	if (argc < 3 || !(argc & 1)) {
		fprintf(stderr, "usage: delay IFA IFB [--delay-ms N] [--jitter-ms N] [--loss P] "
				"[--rate-mbit N] [--limit-kib N]\n");
		return 2;
	}
	forwarder *f = calloc(1, sizeof *f);
	if (!f)
		die("memory");
	f->rng = now_ns() | 1;
	options(f, argc, argv);
	f->dir[0].in = f->dir[1].out = open_port(argv[1]);
	f->dir[1].in = f->dir[0].out = open_port(argv[2]);
	prctl(PR_SET_TIMERSLACK, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	bool orders = !isatty(0);
	struct pollfd p = { 0, POLLIN, 0 };
	if (orders && poll(&p, 1, 0) == 1 && (p.revents & POLLHUP))
		orders = false;
	forward(f, orders);
	return 0;
}
