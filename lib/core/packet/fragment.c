/* SPDX-License-Identifier: MIT */
#include "core/packet/fragment.h"
#include "proto/checksum.h"

enum { IP4_HDR_LEN = 20, IP4_MF = 0x2000, IP4_OFFSET = 0x1fff };
enum { OPT_END = 0, OPT_NOP = 1, OPT_COPIED = 0x80 };

bool fragment_begin(fragmenter *f, const uint8_t *hdr, uint32_t hdr_len, const uint8_t *body,
		    uint32_t body_len, size_t mtu)
{
	uint16_t field = load_be16(hdr + 6);

	*f = (fragmenter){
		.hdr = hdr,
		.hdr_len = hdr_len,
		.body = body,
		.body_len = body_len,
		.offset = field & IP4_OFFSET,
		.more = field & IP4_MF,
	};
	if (mtu < hdr_len + 8 || f->offset * 8u + body_len > UINT16_MAX - IP4_HDR_LEN)
		return false;
	f->piece = (uint32_t)(mtu - hdr_len) & ~7u;
	return true;
}

/* Options with the copied flag (RFC 791 3.1), padded to words; a malformed rest is left out. */
static uint32_t copy_options(const uint8_t *opt, uint32_t n, uint8_t *out)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < n && opt[i] != OPT_END;) {
		if (opt[i] == OPT_NOP) {
			i++;
			continue;
		}
		uint32_t l = i + 1 < n ? opt[i + 1] : 0;
		if (l < 2 || l > n - i)
			break;
		if (opt[i] & OPT_COPIED) {
			memcpy(out + len, opt + i, l);
			len += l;
		}
		i += l;
	}
	while (len % 4)
		out[len++] = OPT_END;
	return len;
}

static uint32_t put_header(const fragmenter *f, uint8_t *out)
{
	uint32_t len = f->hdr_len;

	if (f->done == 0) {
		memcpy(out, f->hdr, len);
		return len;
	}
	memcpy(out, f->hdr, IP4_HDR_LEN);
	len = IP4_HDR_LEN;
	len += copy_options(f->hdr + len, f->hdr_len - len, out + len);
	out[0] = (uint8_t)(0x40 | len / 4);
	return len;
}

size_t fragment_next(fragmenter *f, uint8_t *out)
{
	if (f->done >= f->body_len)
		return 0;
	uint32_t n = f->body_len - f->done;
	bool more = f->more;
	if (n > f->piece) {
		n = f->piece;
		more = true;
	}
	uint32_t hdr_len = put_header(f, out);
	uint16_t sum = 0;

	store_be16(out + 2, (uint16_t)(hdr_len + n));
	store_be16(out + 6, (uint16_t)((f->offset + f->done / 8) | (more ? IP4_MF : 0)));
	memcpy(out + 10, &sum, 2);
	sum = csum_fold(csum_partial(out, hdr_len, 0));
	memcpy(out + 10, &sum, 2);
	memcpy(out + hdr_len, f->body + f->done, n);
	f->done += n;
	return hdr_len + n;
}
