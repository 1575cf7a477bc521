/* SPDX-License-Identifier: MIT */
/* Homeward's own messages, and the classification of whatever a socket may receive. Nothing in them is
 * ignored but padding, so the octets themselves must come back. */
#include "proto/ctl.h"
#include "proto/esp_hdr.h"
#include "proto/mip.h"
#include "oracle.h"

static void hint(const uint8_t *data, size_t n)
{
	uint8_t b[CTL_UNKNOWN_SPI_LEN];
	uint32_t spi;
	wire_rd r = wire_reader(data, n);

	if (!ctl_unknown_spi_get(&r, &spi))
		return;
	wire_wr w = wire_writer(b, sizeof b);
	ctl_unknown_spi_put(&w, spi);
	oracle_check(oracle_same(oracle_body(&w, 0), (wire_bytes){ data, n }));
	oracle_check(dgram_classify(data, n) == DGRAM_OWN);
}

static void message(const uint8_t *data, size_t n)
{
	uint8_t b[CTL_LEN];
	ctl_msg m;
	wire_rd r = wire_reader(data, n);

	if (!ctl_get(&r, &m))
		return;
	wire_wr w = wire_writer(b, sizeof b);
	ctl_put(&w, &m, 0);
	oracle_check(oracle_same(oracle_body(&w, 0), (wire_bytes){ data, CTL_LEN }));
}

static void classify(const uint8_t *data, size_t n)
{
	dgram_kind kind = dgram_classify(data, n);

	oracle_check(kind < DGRAM_N_KINDS);
	if (kind == DGRAM_ESP)
		oracle_check(n >= ESP_MIN_LEN);
	if (n >= 4 && load_be32(data) >= ESP_MIN_SPI) /* ours are never anything else */
		oracle_check(kind == DGRAM_ESP || kind == DGRAM_BAD);
	oracle_check(esp_sealed_len(esp_inner_max(n)) <= n || n < ESP_MIN_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	hint(data, n);
	message(data, n);
	classify(data, n);
	return 0;
}
