/* SPDX-License-Identifier: MIT */
/* relayload.c - load for one relay, from both its sides.
 *
 *   relayload NAME KEY2 RELAY:PORT INSIDE HOME FIRST CLIENTS
 *
 * NAME and KEY2 are the relay's, INSIDE its address towards home and HOME ours towards it; client i has
 * address FIRST + i. Obeys lines on stdin, and answers each by one JSON object:
 *   admit                 {"admitted": N} once the relay knows all clients
 *   register              {"answered": N, "wrong": N, "seconds": S, "per_s": R}
 *   up FLOWS SECONDS      {"sent_s": S}: bursts from that many clients in turn; down: towards them
 *   quit
 */
#include "relayload.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool parse(surroundings *s, char **argv)
{
	uint8_t key2[KEY2_LEN];

	s->name = argv[1];
	s->n = (uint32_t)strtoul(argv[7], NULL, 10);
	return hex_decode(argv[2], key2, sizeof key2) && key2_set_derive(key2, &s->key2) &&
	       endpoint_parse(argv[3], 0, &s->relay) && ip_parse(argv[4], &s->inside) &&
	       ip_parse(argv[5], &s->home) && ip_parse(argv[6], &s->first) && s->n > 0;
}

static void admit(surroundings *s)
{
	while (s->acked < s->n) {
		struct pollfd p = { .fd = ipip_fd(s->ipip), .events = POLLIN };
		poll(&p, 1, 1000);
		home_serve(s);
	}
	printf("{\"admitted\": %u}\n", s->acked);
}

static bool enroll(surroundings *s, err *e)
{
	double seconds;
	uint32_t answered, wrong;

	if (!clients_prepare(s, e) || !clients_register(s, &seconds, &answered, &wrong, e))
		return false;
	printf("{\"answered\": %u, \"wrong\": %u, \"seconds\": %.6f, \"per_s\": %.1f}\n", answered,
	       wrong, seconds, answered / seconds);
	return true;
}

static bool obey(surroundings *s, const char *line, err *e)
{
	unsigned flows;
	double seconds;

	if (strcmp(line, "admit\n") == 0) {
		admit(s);
	} else if (strcmp(line, "register\n") == 0) {
		return enroll(s, e);
	} else if (sscanf(line, "up %u %lf", &flows, &seconds) == 2 && flows && flows <= s->n) {
		send_up(s, flows, seconds);
		printf("{\"sent_s\": %.3f}\n", seconds);
	} else if (sscanf(line, "down %u %lf", &flows, &seconds) == 2 && flows && flows <= s->n) {
		send_down(s, flows, seconds);
		printf("{\"sent_s\": %.3f}\n", seconds);
	} else {
		return err_set(e, ERR_USAGE, "what is '%.40s'?", line);
	}
	return true;
}

static bool serve(surroundings *s, err *e)
{
	char line[80];

	for (;;) {
		struct pollfd p[] = { { .fd = 0, .events = POLLIN },
				      { .fd = ipip_fd(s->ipip), .events = POLLIN } };
		poll(p, 2, -1);
		home_serve(s);
		if (!(p[0].revents & (POLLIN | POLLHUP)))
			continue;
		ssize_t n = read(0, line, sizeof line - 1);
		if (n <= 0 || strncmp(line, "quit", 4) == 0)
			return true;
		line[n] = 0;
		if (!obey(s, line, e))
			return false;
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	static surroundings s;
	err e = { 0 };

	if (argc != 8 || !parse(&s, argv)) {
		fprintf(stderr,
			"usage: relayload NAME KEY2 RELAY:PORT INSIDE HOME FIRST CLIENTS\n");
		return 2;
	}
	bool ok = home_open(&s, &e) && clients_make(&s, &e) && serve(&s, &e);
	if (!ok)
		fprintf(stderr, "relayload: %s\n", e.text);
	home_close(&s);
	return ok ? 0 : 1;
}
