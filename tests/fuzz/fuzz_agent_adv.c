/* SPDX-License-Identifier: MIT */
/* Agent advertisements as a link may bring them. The checksum is put right, so that more than it is tried. */
#include "proto/agent_adv.h"
#include "proto/checksum.h"
#include "oracle.h"

static void write_and_read(const agent_adv *a)
{
	uint8_t b[512];
	agent_adv again;
	size_t n = agent_adv_put(a, b, sizeof b);

	oracle_check(n > 0 && agent_adv_get(b, n, &again));
	oracle_check(again.sequence == a->sequence && again.flags == a->flags &&
		     again.port == a->port && again.sa2 == a->sa2);
	oracle_check(strcmp(again.name, a->name) == 0);
	oracle_check(ip_equal(&again.care_of, &a->care_of));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t b[2048];
	agent_adv a;

	agent_solicit_get(data, n);
	if (agent_adv_get(data, n, &a))
		write_and_read(&a);
	if (n < 8 || n > sizeof b)
		return 0;
	memcpy(b, data, n);
	memset(b + 2, 0, 2);
	uint16_t sum = csum_fold(csum_partial(b, n, 0));
	memcpy(b + 2, &sum, sizeof sum);
	if (agent_adv_get(b, n, &a))
		write_and_read(&a);
	return 0;
}
