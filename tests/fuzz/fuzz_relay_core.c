/* SPDX-License-Identifier: MIT */
/* A relay with a client and a visitor, and somebody at its doors: each input is a row of datagrams, from a
 * client, a stranger or home (first octet), and of signed requests and answers that are bent on the way. Whatever
 * comes, only what is signed goes inwards, and no stranger is sent more octets than it sent. */
#include "../unit/core/relay/relay_kit.h"
#include "oracle.h"

typedef struct step {
	uint8_t what;
	const uint8_t *p;
	size_t n;
} step;

static bool next_step(wire_rd *r, step *s)
{
	s->what = wire_u8(r);
	s->n = wire_u16(r) % 1500;
	if (s->n > wire_left(r))
		s->n = wire_left(r);
	s->p = wire_take(r, s->n);
	return !r->bad;
}

static void clear(relay_kit *k)
{
	dgramq_clear(&k->out);
	dgramq_clear(&k->in);
}

static void from_stranger(relay_kit *k, uint8_t *p, size_t n)
{
	clear(k);
	kit_from_client(k, kit_client(66, 6666), p, n);
	oracle_check(k->in.n_runs == 0);
	for (uint32_t i = 0; i < k->out.n_runs; i++)
		oracle_check(k->out.runs[i].seg <= n);
}

/* A good message with some octets exchanged. */
static void bend(uint8_t *msg, size_t n, const step *s)
{
	for (size_t i = 0; i + 2 < s->n; i += 3)
		msg[load_be16(s->p + i) % n] ^= s->p[i + 2];
}

static void bent_request(relay_kit *k, const step *s)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	const reg_key3 first = kit_first_key(k);
	size_t n = kit_request(k, 600, &first, msg);

	bend(msg, n, s);
	kit_from_client(k, kit_client(2, 5002), msg, n);
}

static void bent_reply(relay_kit *k, const step *s, uint16_t port)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	size_t n = kit_reply(k, 0, 600, msg);

	bend(msg, n, s);
	kit_from_home(k, 4500, port, msg, n);
}

static void play(relay_kit *k, const step *s, uint16_t port)
{
	uint8_t buf[1500];

	memcpy(buf, s->p, s->n);
	switch (s->what % 8) {
	case 0:
		from_stranger(k, buf, s->n);
		break;
	case 1:
		kit_from_client(k, kit_client(1, 5000), buf, s->n);
		break;
	case 2:
		kit_from_home(k, 4500, port, buf, s->n);
		break;
	case 3:
		kit_from_home(k, 434, 434, buf, s->n);
		break;
	case 4:
		bent_request(k, s);
		break;
	case 5:
		bent_reply(k, s, port);
		break;
	default:
		kit_later(k, s->n);
		break;
	}
	clear(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	relay_kit k;
	wire_rd r = wire_reader(data, n);
	step s;

	oracle_check(kit_ready(&k));
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	oracle_check(port != 0 && kit_status(&k).visitors == 1);
	while (wire_left(&r) > 3 && next_step(&r, &s))
		play(&k, &s, port);
	kit_finish(&k);
	return 0;
}
