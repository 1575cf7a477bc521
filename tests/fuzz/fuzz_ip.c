/* SPDX-License-Identifier: MIT */
/* Inner packets: the view must lie inside the packet; what works on a view must stay inside too, keep
 * right checksums right and be its own equal when done twice. The first octet is the MTU, the second asks
 * for a super-segment. */
#include "proto/checksum.h"
#include "proto/icmp_error.h"
#include "proto/tcp.h"
#include "oracle.h"

enum { MAX = 4096 };

static void too_big(const uint8_t *p, const ip_view *v, uint16_t mtu)
{
	static const uint8_t us[16] = { 0xfd, 1 };
	uint8_t out[ICMP_ERROR_MAX];
	ip_addr from = ip_from_bytes(us, v->version == 4 ? 4 : 16);
	ip_view e;
	size_t n = icmp_too_big(p, v, &from, mtu, out);

	if (n == 0)
		return;
	oracle_check(ip_parse_packet(out, n, false, &e) && e.len == n && !e.fragment);
	oracle_check(e.version == v->version);
	if (e.version == 6)
		oracle_check(csum_transport(out, &e, IPPROTO_NUM_ICMP6) == 0);
	else
		oracle_check(csum_fold(csum_partial(out + e.hdr_len, n - e.hdr_len, 0)) == 0);
	oracle_check(icmp_too_big(out, &e, &from, mtu, (uint8_t[ICMP_ERROR_MAX]){ 0 }) == 0);
}

static void tcp(uint8_t *p, const ip_view *v, uint16_t mtu)
{
	tcp_view t;

	if (!tcp_parse(p, v, &t)) {
		oracle_check(!tcp_clamp_mss(p, v, mtu));
		return;
	}
	oracle_check(v->hdr_len + t.hdr_len + t.payload_len == v->len);
	memset(p + v->hdr_len + 16, 0, 2);
	uint16_t sum = csum_transport(p, v, IPPROTO_NUM_TCP);
	memcpy(p + v->hdr_len + 16, &sum, 2);
	tcp_clamp_mss(p, v, mtu);
	oracle_check(csum_transport(p, v, IPPROTO_NUM_TCP) == 0);
	oracle_check(!tcp_clamp_mss(p, v, mtu));
}

static void set_len(uint8_t *p, const ip_view *v)
{
	ip_view again;

	if (v->len > UINT16_MAX)
		return;
	ip_set_len(p, v, v->len);
	oracle_check(ip_parse_packet(p, v->len, false, &again));
	oracle_check(again.len == v->len && again.hdr_len == v->hdr_len && again.proto == v->proto);
	oracle_check(v->version == 6 || csum_fold(csum_partial(p, v->hdr_len, 0)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	ip_view v;

	if (n < 2 || n > MAX || !ip_parse_packet(data + 2, n - 2, data[1] & 1, &v))
		return 0;
	oracle_check(v.len <= n - 2 && v.hdr_len <= v.len && (v.version == 4 || v.version == 6));
	uint8_t *p = malloc(v.len), *copy = malloc(v.len);
	oracle_check(p && copy);
	memcpy(p, data + 2, v.len);
	oracle_check(csum_partial(p, v.len, 1) == csum_copy(copy, p, v.len, 1));
	oracle_check(memcmp(p, copy, v.len) == 0);
	ip_addr src = ip_src(p, &v), dst = ip_dst(p, &v);
	oracle_check(src.len == dst.len && src.len == (v.version == 4 ? 4 : 16));
	uint16_t mtu = (uint16_t)(data[0] * 8);
	too_big(p, &v, mtu);
	tcp(p, &v, mtu);
	set_len(p, &v);
	free(p);
	free(copy);
	return 0;
}
