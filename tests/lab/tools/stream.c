/* SPDX-License-Identifier: MIT */
/* stream.c - a UDP stream of numbered, timestamped packets, and what became of it.
 *
 *   stream send ADDR PORT [--interval-us N] [--count N] [--size N]
 *   stream recv ADDR PORT [--status FILE]
 *
 * send: one packet every interval (1,000 us) until count or SIGTERM, then sends the receiver the total.
 * recv: until that total arrived and 300 ms passed in silence, or SIGTERM; then prints one JSON object.
 * FILE holds the number of different packets received so far and the last one's number, as text.
 * Timestamps are CLOCK_MONOTONIC: both ends must be on one machine.  A packet that could not be sent
 * (no route at that moment) counts as sent: to the application it is lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAGIC      0x686f6d6577617264u
#define SEQ_MAX    (1u << 24)
#define SILENCE_MS 300
#define RANGES     16

typedef struct {
	uint64_t magic, seq, sent_ns, total; /* total: only in the last, else 0 */
} packet;

typedef struct {
	uint64_t unique, duplicated, reordered, top, total, gap_at;
	uint64_t first_ns, last_ns, gap_ns, sent_last_ns, send_gap_ns, late_ns, sum_late_ns;
	uint8_t seen[SEQ_MAX / 8];
} tally;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "stream: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
	for (int i = 4; i + 1 < argc; i += 2)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return otherwise;
}

static struct addrinfo *resolve(char **argv)
{
	struct addrinfo hint = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM }, *ai;

	if (getaddrinfo(argv[2], argv[3], &hint, &ai)) {
		fprintf(stderr, "stream: %s port %s: not an address\n", argv[2], argv[3]);
		exit(2);
	}
	return ai;
}

static int end_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die("signalfd");
	return fd;
}

static bool has_to_end(int fd, int wait_ms)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, wait_ms) == 1;
}

static uint64_t send_packet(int s, const struct addrinfo *to, size_t size, uint64_t seq,
			    uint64_t total)
{
	char buf[2048] = { 0 };
	packet p = { MAGIC, seq, now_ns(), total };

	memcpy(buf, &p, sizeof p);
	return sendto(s, buf, size, 0, to->ai_addr, to->ai_addrlen) < 0;
}

static int run_send(int argc, char **argv)
{
	struct addrinfo *to = resolve(argv);
	uint64_t step = strtoull(option(argc, argv, "--interval-us", "1000"), NULL, 10) * 1000;
	uint64_t count = strtoull(option(argc, argv, "--count", "16777215"), NULL, 10);
	size_t size = strtoull(option(argc, argv, "--size", "64"), NULL, 10);
	int sig = end_signals(), s = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || size < sizeof(packet) || size > 2048)
		die("socket or size");
	uint64_t seq = 0, errors = 0, start = now_ns();
	for (; seq < count && seq < SEQ_MAX && !has_to_end(sig, 0); seq++) {
		uint64_t at = start + seq * step;
		struct timespec t = { (time_t)(at / 1000000000u), (long)(at % 1000000000u) };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		errors += send_packet(s, to, size, seq, 0);
	}
	for (int i = 0; i < 10; i++) {
		send_packet(s, to, size, 0, seq ? seq : 1);
		usleep(20000);
	}
	printf("{\"sent\":%llu,\"errors\":%llu}\n", (unsigned long long)seq,
	       (unsigned long long)errors);
	freeaddrinfo(to);
	return 0;
}

static bool first_sight(tally *t, uint64_t seq)
{
	uint8_t *at = &t->seen[seq / 8], bit = (uint8_t)(1u << (seq % 8));
	bool fresh = !(*at & bit);

	*at |= bit;
	return fresh;
}

static void count_gaps(tally *t, const packet *p, uint64_t now)
{
	if (t->unique && now - t->last_ns > t->gap_ns) {
		t->gap_ns = now - t->last_ns;
		t->gap_at = p->seq;
	}
	if (t->unique && p->sent_ns > t->sent_last_ns && p->seq == t->top + 1 &&
	    p->sent_ns - t->sent_last_ns > t->send_gap_ns)
		t->send_gap_ns = p->sent_ns - t->sent_last_ns;
}

static void count_packet(tally *t, const packet *p, uint64_t now)
{
	if (p->total) {
		t->total = p->total;
		return;
	}
	if (p->seq >= SEQ_MAX)
		return;
	if (!first_sight(t, p->seq)) {
		t->duplicated++;
		return;
	}
	count_gaps(t, p, now);
	if (t->unique && p->seq < t->top)
		t->reordered++;
	else
		t->sent_last_ns = p->sent_ns, t->top = p->seq;
	if (!t->unique++)
		t->first_ns = now;
	t->last_ns = now;
	uint64_t late = now - p->sent_ns;
	t->sum_late_ns += late;
	if (late > t->late_ns)
		t->late_ns = late;
}

static void print_lost(const tally *t, uint64_t sent)
{
	int printed = 0;

	printf("\"lost_ranges\":[");
	for (uint64_t i = 0, from = 0, open = 0; i <= sent && printed < RANGES; i++) {
		bool missing = i < sent && !(t->seen[i / 8] & (1u << (i % 8)));
		if (missing && !open) {
			from = i;
			open = 1;
		} else if (!missing && open) {
			printf("%s[%llu,%llu]", printed++ ? "," : "", (unsigned long long)from,
			       (unsigned long long)(i - 1));
			open = 0;
		}
	}
	printf("]");
}

static void print_tally(const tally *t)
{
	uint64_t sent = t->total ? t->total : t->unique ? t->top + 1 : 0;

	printf("{\"sent\":%llu,\"received\":%llu,\"lost\":%lld,\"duplicated\":%llu,\"reordered\":%"
	       "llu,",
	       (unsigned long long)sent, (unsigned long long)t->unique,
	       (long long)sent - (long long)t->unique, (unsigned long long)t->duplicated,
	       (unsigned long long)t->reordered);
	printf("\"longest_gap_ms\":%.3f,\"gap_before_seq\":%llu,\"longest_send_gap_ms\":%.3f,",
	       (double)t->gap_ns / 1e6, (unsigned long long)t->gap_at,
	       (double)t->send_gap_ns / 1e6);
	printf("\"latency_max_ms\":%.3f,\"latency_mean_ms\":%.3f,", (double)t->late_ns / 1e6,
	       t->unique ? (double)t->sum_late_ns / (double)t->unique / 1e6 : 0.0);
	print_lost(t, sent);
	printf("}\n");
}

static void show_status(int fd, const tally *t)
{
	char text[64];
	int n = snprintf(text, sizeof text, "%12llu %12llu\n", (unsigned long long)t->unique,
			 (unsigned long long)t->top);

	if (fd >= 0 && pwrite(fd, text, (size_t)n, 0) < 0)
		die("status file");
}

static void receive_all(int s, int sig, int status, tally *t)
{
	struct pollfd p[2] = { { s, POLLIN, 0 }, { sig, POLLIN, 0 } };
	uint64_t shown = 0, heard = now_ns();

	while (!p[1].revents) {
		int n = poll(p, 2, 50);
		packet k;
		while (n > 0 &&
		       recv(s, &k, sizeof k, MSG_DONTWAIT | MSG_TRUNC) >= (ssize_t)sizeof k) {
			uint64_t now = now_ns();
			if (k.magic == MAGIC)
				count_packet(t, &k, now);
			if (!k.total)
				heard = now;
		}
		if (now_ns() - shown > 5000000u)
			show_status(status, t), shown = now_ns();
		if (t->total && now_ns() - heard > SILENCE_MS * 1000000ull)
			break;
	}
	show_status(status, t);
}

static int run_recv(int argc, char **argv)
{
	struct addrinfo *at = resolve(argv);
	const char *file = option(argc, argv, "--status", NULL);
	int size = 4 * 1024 * 1024, sig = end_signals();
	int status = file ? open(file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644) : -1;
	int s = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || bind(s, at->ai_addr, at->ai_addrlen))
		die("bind");
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	tally *t = calloc(1, sizeof *t);
	if (!t)
		die("memory");
	fprintf(stderr, "ready\n");
	receive_all(s, sig, status, t);
	print_tally(t);
	free(t);
	freeaddrinfo(at);
	return 0;
}

int main(int argc, char **argv)
{
	prctl(PR_SET_TIMERSLACK, 1);
	if (argc >= 4 && !(argc & 1) && !strcmp(argv[1], "send"))
		return run_send(argc, argv);
	if (argc >= 4 && !(argc & 1) && !strcmp(argv[1], "recv"))
		return run_recv(argc, argv);
	fprintf(stderr, "usage: stream send ADDR PORT [--interval-us N] [--count N] [--size N]\n"
			"       stream recv ADDR PORT [--status FILE]\n");
	return 2;
}
