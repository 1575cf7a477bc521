/* SPDX-License-Identifier: MIT */
#include "io/net/tun.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Linux 6.2; the kernel takes the two only together. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
enum { OFFLOAD_UDP = TUN_F_USO4 | TUN_F_USO6 };

struct tun {
	int fd;
	uint32_t ifindex;
	bool takes_udp;
	char name[IFNAMSIZ];
};

/* What is asked for, in turn, until the kernel agrees. */
static const unsigned offloads[] = {
	TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN | OFFLOAD_UDP,
	TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
	TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
	TUN_F_CSUM,
	0,
};

static bool open_failed(int why, err *e)
{
	if (why == ENOENT || why == ENODEV || why == ENXIO)
		return err_set(e, ERR_SYSTEM,
			       "no /dev/net/tun: load the tun module (modprobe tun) or give "
			       "the container the device");
	if (why == EPERM || why == EACCES)
		return err_set(e, ERR_SYSTEM,
			       "/dev/net/tun needs CAP_NET_ADMIN: run as root or with the "
			       "capability");
	return err_sys(e, why, "/dev/net/tun");
}

static bool attach_failed(int why, const char *name, err *e)
{
	if (why == EPERM)
		return err_set(e, ERR_SYSTEM,
			       "making interface %s needs CAP_NET_ADMIN: run as root or with "
			       "the capability",
			       name);
	if (why == EBUSY)
		return err_set(e, ERR_SYSTEM,
			       "interface %s is in use: another instance runs, or choose "
			       "another interface name",
			       name);
	if (why == EINVAL)
		return err_set(e, ERR_SYSTEM,
			       "interface %s exists already and is not such a TUN device: remove "
			       "it or choose another interface name",
			       name);
	return err_sys(e, why, "interface %s", name);
}

/* Headers of 10 octets in native byte order: the data path supports no other. */
static bool set_vnet_header(const tun *t, err *e)
{
	int len = VNET_HDR_LEN;

	return ioctl(t->fd, TUNSETVNETHDRSZ, &len) == 0 ||
	       err_sys(e, errno, "%s: TUNSETVNETHDRSZ", t->name);
}

static bool attach(tun *t, const char *name, err *e)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	unsigned features = 0;

	if (!*name || strlen(name) >= IFNAMSIZ)
		return err_set(e, ERR_USAGE, "interface name '%s': 1 to %d characters", name,
			       IFNAMSIZ - 1);
	if (ioctl(t->fd, TUNGETFEATURES, &features) == 0 && !(features & IFF_VNET_HDR))
		return err_set(e, ERR_SYSTEM,
			       "this kernel's TUN has no offload headers (IFF_VNET_HDR)");
	memcpy(r.ifr_name, name, strlen(name));
	if (ioctl(t->fd, TUNSETIFF, &r) < 0)
		return attach_failed(errno, name, e);
	memcpy(t->name, r.ifr_name, IFNAMSIZ);
	t->name[IFNAMSIZ - 1] = '\0';
	t->ifindex = if_nametoindex(t->name);
	return set_vnet_header(t, e);
}

static void set_offloads(tun *t)
{
	for (size_t i = 0; i < sizeof(offloads) / sizeof(offloads[0]); i++) {
		if (ioctl(t->fd, TUNSETOFFLOAD, (unsigned long)offloads[i]) < 0)
			continue;
		t->takes_udp = offloads[i] & OFFLOAD_UDP;
		return;
	}
}

tun *tun_open(const char *name, err *e)
{
	tun *t = calloc(1, sizeof(*t));

	if (!t) {
		err_sys(e, ENOMEM, "interface %s", name);
		return NULL;
	}
	t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0) {
		open_failed(errno, e);
	} else if (attach(t, name, e)) {
		set_offloads(t);
		return t;
	}
	tun_close(t);
	return NULL;
}

void tun_close(tun *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	free(t);
}

int tun_fd(const tun *t)
{
	return t->fd;
}

const char *tun_name(const tun *t)
{
	return t->name;
}

uint32_t tun_ifindex(const tun *t)
{
	return t->ifindex;
}

bool tun_takes_udp(const tun *t)
{
	return t->takes_udp;
}

ssize_t tun_read(tun *t, uint8_t *buf)
{
	ssize_t n;

	do
		n = read(t->fd, buf, TUN_READ_MAX);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return n;
}

static bool write_vector(const tun *t, const struct iovec *iov, int n)
{
	ssize_t r;

	do
		r = writev(t->fd, iov, n);
	while (r < 0 && errno == EINTR);
	return r >= 0;
}

unsigned tun_write(tun *t, const join *j)
{
	unsigned refused = 0;

	for (uint32_t i = 0; i < j->n; i++)
		refused += !write_vector(t, j->items[i].iov, j->items[i].n_iov);
	return refused;
}

bool tun_write_packet(tun *t, const uint8_t *pkt, size_t n)
{
	uint8_t vnet[VNET_HDR_LEN] = { 0 }; /* no offload: a plain packet, checksums done */
	struct iovec iov[2] = { { vnet, sizeof(vnet) }, { (void *)(uintptr_t)pkt, n } };

	return write_vector(t, iov, 2);
}
