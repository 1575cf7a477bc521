/* SPDX-License-Identifier: MIT */
/* What a raw socket for protocol 4 may be handed: what is taken lies inside, and what we would write for the
 * same hosts is taken again. */
#include "proto/ipip.h"
#include "oracle.h"

static void write_and_read(const ipip_view *v, const uint8_t *data, size_t n)
{
	static uint8_t b[ORACLE_ROOM];
	ipip_view again;

	if (v->payload.n > 4096)
		return;
	ipip_put(b, &v->from, &v->to, v->payload.n);
	memcpy(b + IPIP_HDRS, v->payload.p, v->payload.n);
	oracle_check(ipip_get(b, IPIP_HDRS + v->payload.n, &again) == IPIP_OK);
	oracle_check(endpoint_equal(&again.from, &v->from) && endpoint_equal(&again.to, &v->to));
	oracle_check(oracle_same(again.payload, v->payload));
	oracle_check(v->payload.p >= data && v->payload.p + v->payload.n <= data + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	ipip_view v;
	ipip_verdict verdict = ipip_get(data, n, &v);

	oracle_check(verdict < IPIP_N_VERDICTS);
	if (verdict == IPIP_OK)
		write_and_read(&v, data, n);
	return 0;
}
