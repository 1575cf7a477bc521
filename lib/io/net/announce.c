/* SPDX-License-Identifier: MIT */
#include "io/net/announce.h"
#include "base/wire.h"
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	FRAME_MIN = 60, /* Ethernet's, without its check sequence */
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	ND_ADVERT = 136,
	ND_ADVERT_LEN = 32,
	ND_OVERRIDE = 0x20,
	ND_TARGET_LINK_ADDR = 2,
	IP6_HDR_LEN = 40,
	ND_HOP_LIMIT = 255,
};

struct announcer {
	int fd;
};

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t all_nodes_mac[6] = { 0x33, 0x33, 0, 0, 0, 1 };
static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };

announcer *announcer_open(err *e)
{
	announcer *a = calloc(1, sizeof(*a));
	int fd = a ? socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)
		   : -1; /* protocol 0: receives nothing */

	if (fd >= 0) {
		a->fd = fd;
		return a;
	}
	err_sys(e, a ? errno : ENOMEM, "packet socket for announcements (needs CAP_NET_RAW)");
	free(a);
	return NULL;
}

void announcer_close(announcer *a)
{
	if (!a)
		return;
	close(a->fd);
	free(a);
}

static void put_ethernet(wire_wr *w, const uint8_t *to, const uint8_t *from, uint16_t type)
{
	wire_put(w, to, 6);
	wire_put(w, from, 6);
	wire_put_u16(w, type);
}

/* RFC 826; sender and target are the same address. RFC 5944 4.6: in a request the target
 * hardware address is ignored, in a reply it is the same as the sender's. */
static void put_arp(wire_wr *w, uint16_t op, const uint8_t *mac, const ip_addr *addr)
{
	static const uint8_t none[6];

	put_ethernet(w, broadcast, mac, ETHERTYPE_ARP);
	wire_put_u16(w, ARPHRD_ETHER);
	wire_put_u16(w, ETHERTYPE_IP);
	wire_put_u8(w, 6);
	wire_put_u8(w, 4);
	wire_put_u16(w, op);
	wire_put(w, mac, 6);
	wire_put(w, addr->b, 4);
	wire_put(w, op == ARP_REPLY ? mac : none, 6);
	wire_put(w, addr->b, 4);
}

/* The link's own link-local address, which a neighbour advertisement comes from; none: the
 * target. */
static ip_addr link_local(uint32_t ifindex, const ip_addr *target)
{
	struct ifaddrs *all = NULL;
	ip_addr found = *target;

	if (getifaddrs(&all) < 0)
		return found;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		const struct sockaddr_in6 *s = (const void *)i->ifa_addr;
		if (s && s->sin6_family == AF_INET6 && s->sin6_scope_id == ifindex &&
		    IN6_IS_ADDR_LINKLOCAL(&s->sin6_addr))
			found = ip_from_bytes(s->sin6_addr.s6_addr, 16);
	}
	freeifaddrs(all);
	return found;
}

/* RFC 4443 2.3, over the pseudo-header of RFC 8200 8.1. */
static uint16_t icmp6_checksum(const uint8_t *ip6, const uint8_t *icmp, uint32_t n)
{
	uint64_t sum = n + IPPROTO_ICMPV6;

	for (size_t i = 8; i < IP6_HDR_LEN; i += 2)
		sum += load_be16(ip6 + i);
	for (size_t i = 0; i < n; i += 2)
		sum += load_be16(icmp + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* RFC 4861 4.4: unsolicited, override, to all nodes. */
static void put_advertisement(wire_wr *w, const ip_addr *from, const uint8_t *mac,
			      const ip_addr *target)
{
	put_ethernet(w, all_nodes_mac, mac, ETHERTYPE_IPV6);
	uint8_t *ip6 = w->p;
	wire_put_u32(w, 6u << 28);
	wire_put_u16(w, ND_ADVERT_LEN);
	wire_put_u8(w, IPPROTO_ICMPV6);
	wire_put_u8(w, ND_HOP_LIMIT);
	wire_put(w, from->b, 16);
	wire_put(w, all_nodes, 16);
	uint8_t *icmp = w->p;
	wire_put_u8(w, ND_ADVERT);
	wire_put_u8(w, 0);
	wire_put_u16(w, 0);
	wire_put_u32(w, (uint32_t)ND_OVERRIDE << 24);
	wire_put(w, target->b, 16);
	wire_put_u8(w, ND_TARGET_LINK_ADDR);
	wire_put_u8(w, 1); /* in units of 8 octets */
	wire_put(w, mac, 6);
	if (!w->bad)
		store_be16(icmp + 2, icmp6_checksum(ip6, icmp, ND_ADVERT_LEN));
}

static bool send_frame(const announcer *a, uint32_t ifindex, const uint8_t *frame, size_t n)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)ifindex,
				  .sll_halen = 6 };

	memcpy(to.sll_addr, frame, 6);
	return sendto(a->fd, frame, n, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) >= 0;
}

static bool announce4(const announcer *a, uint32_t ifindex, const uint8_t *mac, const ip_addr *addr)
{
	static const uint16_t ops[] = { ARP_REQUEST,
					ARP_REPLY }; /* some hosts accept only one of them */
	bool sent = true;

	for (size_t i = 0; i < 2; i++) {
		uint8_t frame[FRAME_MIN] = { 0 };
		wire_wr w = wire_writer(frame, sizeof(frame));
		put_arp(&w, ops[i], mac, addr);
		sent &= send_frame(a, ifindex, frame, sizeof(frame));
	}
	return sent;
}

static bool announce6(const announcer *a, uint32_t ifindex, const uint8_t *mac, const ip_addr *addr)
{
	uint8_t frame[ETHER_HDR_LEN + IP6_HDR_LEN + ND_ADVERT_LEN];
	ip_addr from = link_local(ifindex, addr);
	wire_wr w = wire_writer(frame, sizeof(frame));

	put_advertisement(&w, &from, mac, addr);
	return send_frame(a, ifindex, frame, sizeof(frame));
}

bool announce(announcer *a, uint32_t ifindex, const uint8_t mac[6], const ip_addr *addr, err *e)
{
	char text[ADDR_STRLEN];

	if (addr->len == 4 ? announce4(a, ifindex, mac, addr) : announce6(a, ifindex, mac, addr))
		return true;
	return err_sys(e, errno, "announcing %s", ip_format(addr, text));
}

bool announce_link_mac(uint32_t ifindex, uint8_t mac[6])
{
	struct ifreq r = { 0 };
	int fd = if_indextoname(ifindex, r.ifr_name) ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
						     : -1;

	if (fd < 0)
		return false;
	bool ok = ioctl(fd, SIOCGIFHWADDR, &r) == 0 && r.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	if (ok)
		memcpy(mac, r.ifr_hwaddr.sa_data, 6);
	close(fd);
	return ok;
}
