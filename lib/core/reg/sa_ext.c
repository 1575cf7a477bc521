/* SPDX-License-Identifier: MIT */
#include "core/reg/sa_ext.h"

enum { PAYLOAD = 1, KEY_EXCHANGE = 2, NONCE = 4, ALL_PARTS = 7 };

void reg_sa_put(wire_wr *w, const reg_sa *s)
{
	const ke_payload ke = { .kind = KE_GROUP, .group = s->ke_group, .value = s->ke_value };

	size_t mark = mip_vendor_open(w, VENDOR_SA_PAYLOAD);
	sa_payload_put(w, &s->sa.payload);
	mip_vendor_close(w, mark);
	mark = mip_vendor_open(w, VENDOR_KEY_EXCHANGE);
	ke_payload_put(w, &ke);
	mip_vendor_close(w, mark);
	mark = mip_vendor_open(w, VENDOR_NONCE);
	wire_put(w, s->nonce, NONCE_LEN);
	mip_vendor_close(w, mark);
}

bool reg_sa_take(const mip_ext *x, reg_sa *s)
{
	ke_payload ke;

	switch (x->vendor_type) {
	case VENDOR_SA_PAYLOAD:
		s->parts |= PAYLOAD;
		return sa_payload_get(x->body, &s->payload);
	case VENDOR_KEY_EXCHANGE:
		s->parts |= KEY_EXCHANGE;
		if (!ke_payload_get(x->body, &ke))
			return false;
		/* A user-defined group or a key from the key centre is not negotiated yet: group 0
		 * matches no transform, and the request is refused with the group to use. */
		s->ke_group = ke.kind == KE_GROUP ? ke.group : 0;
		s->ke_value = ke.value;
		return true;
	case VENDOR_NONCE:
		s->parts |= NONCE;
		if (x->body.n != NONCE_LEN)
			return false;
		memcpy(s->nonce, x->body.p, NONCE_LEN);
		return true;
	default:
		return true;
	}
}

bool reg_sa_finish(reg_sa *s)
{
	s->present = s->parts != 0;
	return s->parts == 0 || s->parts == ALL_PARTS;
}
