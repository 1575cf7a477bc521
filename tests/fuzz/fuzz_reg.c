/* SPDX-License-Identifier: MIT */
/* A registration message from a peer that holds KEY0: the authenticator is made good first, so that
 * the inner parsers are reached; extensions with E = 0 stand for what decryption would yield. */
#include "core/reg/reply.h"
#include "core/reg/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void judge(const reg_scan *s, const key0_set *k)
{
	static reg_request q;
	static reg_reply r;
	static sa_policy p;
	sa_choice c;

	p = sa_policy_default();
	if (s->is_reply) {
		if (reg_reply_open(s, k, &r) && r.sa.present)
			sa_check_answer(&r.sa.payload, &r.sa.payload, &c);
	} else if (reg_request_open(s, k, &q) && q.sa.present) {
		sa_choose(&p, &q.sa.payload, q.sa.ke_group, &c);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t msg[MIP_MAX_MESSAGE], key0[KEY0_LEN] = { 1 };
	key0_set k = { .auth = AUTH_HMAC_SHA256_128 };
	reg_scan s;

	if (n > sizeof msg)
		return 0;
	memcpy(k.key0, key0, KEY0_LEN);
	memcpy(msg, data, n);
	if (!reg_scan_message(msg, n, &s) || !s.mobile_home.present)
		return 0;
	judge(&s, &k); /* as if it had been verified */
	if (s.mobile_home.authenticator.n != AUTH_LEN)
		return 0;
	auth_compute(k.auth, k.key0, KEY0_LEN, s.mobile_home.covered,
		     msg + s.mobile_home.covered.n);
	if (!reg_verify_mobile_home(&s, &k))
		__builtin_trap();
	return 0;
}
