/* SPDX-License-Identifier: MIT */
/* dns.c - names are kept as on the wire, uncompressed and in lower case, so that memcmp() compares them. */
#include "proto/dns.h"

enum {
	HEADER = 12,
	FLAG_QR = 0x8000,
	MASK_OPCODE = 0x7800,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	MASK_RCODE = 0x000f,
	RCODE_OK = 0,
	RCODE_NO_NAME = 3,
	CLASS_IN = 1,
	TYPE_CNAME = 5,
	LABEL_MAX = 63,
	POINTER = 0xc0, /* both bits: a pointer; neither: a label; one of them: undefined */
	ALIASES = 8,    /* as many are followed, one after the other */
};

typedef struct dns_name {
	uint8_t b[DNS_NAME_MAX];
	uint8_t n;
} dns_name;

typedef struct dns_record {
	dns_name owner;
	uint16_t type, class;
	wire_rd data;
} dns_record;

typedef struct message {
	const uint8_t *start;
	size_t n;
	wire_rd answers; /* at the first of them */
	uint16_t n_answers;
} message;

/* DNS compares without regard to the case of ASCII letters only (RFC 4343). */
static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool add_label(dns_name *to, const uint8_t *p, size_t n)
{
	if (to->n + 1 + n > sizeof to->b)
		return false;
	to->b[to->n++] = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		to->b[to->n++] = lower(p[i]);
	return true;
}

static bool name_from_host(const char *host, dns_name *out)
{
	out->n = 0;
	while (*host) {
		size_t n = strcspn(host, ".");
		if (n == 0 || n > LABEL_MAX || !add_label(out, (const uint8_t *)host, n))
			return false;
		host += n;
		host += *host == '.';
	}
	return out->n > 0 && add_label(out, NULL, 0);
}

/* Follows a pointer. Each must lead to before the one before it (RFC 1035 4.1.4: "a prior
 * occurrence"), so that there is an end (test: names_that_point_in_circles_are_refused). */
static bool follow(const message *m, wire_rd *at, uint8_t first, size_t *before, wire_rd *to)
{
	size_t offset = (size_t)(first & ~POINTER) << 8 | wire_u8(at);

	if (at->bad || offset >= *before)
		return false;
	*before = offset;
	*to = wire_reader(m->start + offset, m->n - offset);
	return true;
}

/* The name at r, which is left behind it. */
static bool name_get(const message *m, wire_rd *r, dns_name *out)
{
	wire_rd away, *at = r;
	size_t before = (size_t)(r->p - m->start);

	out->n = 0;
	for (;;) {
		uint8_t first = wire_u8(at), kind = first & POINTER;
		if (at->bad || (kind && kind != POINTER))
			return false;
		if (kind) {
			if (!follow(m, at, first, &before, &away))
				return false;
			at = &away;
			continue;
		}
		const uint8_t *label = wire_take(at, first);
		if (!label || !add_label(out, label, first))
			return false;
		if (first == 0)
			return true;
	}
}

static bool name_equal(const dns_name *a, const dns_name *b)
{
	return a->n == b->n && memcmp(a->b, b->b, a->n) == 0;
}

static bool record_get(const message *m, wire_rd *r, dns_record *out)
{
	if (!name_get(m, r, &out->owner))
		return false;
	out->type = wire_u16(r);
	out->class = wire_u16(r);
	wire_u32(r); /* TTL: nothing is cached by it */
	uint16_t n = wire_u16(r);
	out->data = wire_sub(r, n);
	return !r->bad;
}

bool dns_query_put(wire_wr *w, const dns_question *q)
{
	dns_name name;

	if (!name_from_host(q->host, &name))
		return false;
	wire_put_u16(w, q->id);
	wire_put_u16(w, FLAG_RD);
	wire_put_u16(w, 1); /* questions; then answers, authorities, additional ones */
	wire_put_u16(w, 0);
	wire_put_u32(w, 0);
	wire_put(w, name.b, name.n);
	wire_put_u16(w, q->type);
	wire_put_u16(w, CLASS_IN);
	return !w->bad;
}

/* The header and the one question, which must be ours (RFC 5452 9.1). */
static bool is_ours(message *m, const dns_question *q, dns_name *name, uint16_t *flags)
{
	wire_rd r = wire_reader(m->start, m->n);
	dns_name asked;
	uint16_t id = wire_u16(&r);

	*flags = wire_u16(&r);
	uint16_t questions = wire_u16(&r);
	m->n_answers = wire_u16(&r);
	wire_u32(&r); /* authorities, additional records: not read */
	if (r.bad || id != q->id || questions != 1 || !(*flags & FLAG_QR) ||
	    (*flags & MASK_OPCODE) || !name_from_host(q->host, name) || !name_get(m, &r, &asked))
		return false;
	bool same = wire_u16(&r) == q->type;
	same &= wire_u16(&r) == CLASS_IN;
	m->answers = r;
	return !r.bad && same && name_equal(&asked, name);
}

typedef struct harvest {
	uint16_t type;
	ip_addr *out;
	unsigned max, n;
	dns_name alias;
	bool aliased;
} harvest;

static bool take_record(const message *m, dns_record *x, harvest *h)
{
	size_t len = h->type == DNS_A ? 4 : 16;

	if (x->type == TYPE_CNAME) {
		h->aliased = true;
		return name_get(m, &x->data, &h->alias) && wire_done(&x->data);
	}
	if (x->type != h->type)
		return true;
	const uint8_t *p = wire_take(&x->data, len);
	if (!p || !wire_done(&x->data))
		return false;
	if (h->n < h->max)
		h->out[h->n++] = ip_from_bytes(p, len);
	return true;
}

/* Every answer that belongs to this name; the others are skipped. */
static bool take_of(const message *m, const dns_name *name, harvest *h)
{
	wire_rd r = m->answers;
	dns_record x;

	h->aliased = false;
	for (unsigned i = 0; i < m->n_answers; i++) {
		if (!record_get(m, &r, &x))
			return false;
		if (x.class == CLASS_IN && name_equal(&x.owner, name) && !take_record(m, &x, h))
			return false;
	}
	return true;
}

static bool take_all(const message *m, dns_name *name, harvest *h)
{
	for (unsigned i = 0; i <= ALIASES; i++) {
		if (!take_of(m, name, h))
			return false;
		if (h->n || !h->aliased)
			return true;
		*name = h->alias;
	}
	return true;
}

dns_verdict dns_answer_get(const uint8_t *p, size_t len, const dns_question *q, ip_addr *out,
			   unsigned max, unsigned *n)
{
	message m = { .start = p, .n = len };
	harvest h = { .type = q->type, .out = out, .max = max };
	dns_name name;
	uint16_t flags;

	*n = 0;
	if (!is_ours(&m, q, &name, &flags))
		return DNS_NOT_OURS;
	if (flags & FLAG_TC) /* RFC 2181 9: a truncated answer is not to be used */
		return DNS_CUT;
	if ((flags & MASK_RCODE) == RCODE_NO_NAME)
		return DNS_EMPTY;
	if ((flags & MASK_RCODE) != RCODE_OK)
		return DNS_REFUSED;
	if (!take_all(&m, &name, &h))
		return DNS_NOT_OURS;
	*n = h.n;
	return h.n ? DNS_ADDRESSES : DNS_EMPTY;
}
