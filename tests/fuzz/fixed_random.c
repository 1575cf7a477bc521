/* SPDX-License-Identifier: MIT */
/* fixed_random.c - OpenSSL's random numbers, the same in every run, so that a run with a fixed seed tries the
 * same inputs and takes the same branches. For fuzz targets only. */
#define OPENSSL_API_COMPAT 0x10100000L /* RAND_METHOD is deprecated since 3.0 */

#include <openssl/rand.h>
#include <stdint.h>

static uint64_t state = 1;

static int next_bytes(unsigned char *out, int n)
{
	for (int i = 0; i < n; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		out[i] = (unsigned char)(state >> 56);
	}
	return 1;
}

static int is_seeded(void)
{
	return 1;
}

__attribute__((constructor)) static void fix_random(void)
{
	static const RAND_METHOD fixed = {
		.bytes = next_bytes,
		.pseudorand = next_bytes,
		.status = is_seeded,
	};

	RAND_set_rand_method(&fixed);
}
