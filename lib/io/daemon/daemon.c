/* SPDX-License-Identifier: MIT */
#include "io/daemon/daemon.h"
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The socket may be in the abstract name space: '@' stands for the 0 octet it starts with. */
void daemon_notify(const char *state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;

	if (!n || n >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, path, n);
	if (a.sun_path[0] == '@')
		a.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&a,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

static const unsigned kept[] = { CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE };
enum { N_KEPT = sizeof(kept) / sizeof(kept[0]) };

static bool drop_all_but(size_t n, err *e)
{
	bool have[N_KEPT];

	if (capng_get_caps_process() < 0)
		return err_sys(e, errno, "reading capabilities");
	bool bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (size_t i = 0; i < n; i++)
		have[i] = capng_have_capability(CAPNG_PERMITTED, kept[i]);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < n; i++)
		if (have[i])
			capng_update(CAPNG_ADD,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
				     kept[i]);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "no-new-privileges");
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) < 0) /* keys would be in it */
		return err_sys(e, errno, "disabling core dumps");
	int r = capng_apply(bounds ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	return r == 0 || err_set(e, ERR_SYSTEM, "dropping capabilities failed (step %d)", -r);
}

bool daemon_drop_privileges(err *e)
{
	return drop_all_but(N_KEPT, e);
}

bool daemon_drop_all_privileges(err *e)
{
	return drop_all_but(0, e);
}

bool daemon_need_net_admin(err *e)
{
	if (capng_get_caps_process() < 0)
		return err_sys(e, errno, "reading capabilities");
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN) ||
	       err_set(e, ERR_SYSTEM, "needs CAP_NET_ADMIN: run as root or with the capability");
}

int daemon_lock(const char *path, err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		err_sys(e, errno, "lock %s", path);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		err_set(e, ERR_USAGE, "%s is locked: another instance runs", path);
	else
		err_sys(e, errno, "lock %s", path);
	close(fd);
	return -1;
}
