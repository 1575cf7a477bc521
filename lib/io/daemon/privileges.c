/* SPDX-License-Identifier: MIT */
#include "io/daemon/privileges.h"
#include "base/private.h"
#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the user --- */

/* Root without these was contained by whoever started it: a container, or a unit of systemd. */
static bool can_change(void)
{
	return capng_get_caps_process() == 0 &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_SETUID) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID);
}

static bool find_other(daemon_user *u, const char *name, err *e)
{
	const struct passwd *p = getpwnam(name ? name : PRIVATE_DAEMON_USER);

	u->missing = !p && !name;
	if (!p)
		return !name || err_set(e, ERR_CONFIG,
					"user = %.32s: there is no such user; make it "
					"(useradd --system %.32s), or name another",
					name, name);
	if (p->pw_uid != 0 && !can_change())
		return !name ||
		       err_set(e, ERR_SYSTEM,
			       "user = %.32s: root without CAP_SETUID and CAP_SETGID can't "
			       "change to it",
			       name);
	snprintf(u->name, sizeof u->name, "%s", p->pw_name);
	u->uid = p->pw_uid;
	u->gid = p->pw_gid;
	u->changes = p->pw_uid != 0;
	return true;
}

bool daemon_user_find(daemon_user *u, const char *name, err *e)
{
	const struct passwd *p = name ? getpwnam(name) : NULL;

	*u = (daemon_user){ .uid = geteuid(), .gid = getegid() };
	if (geteuid() == 0)
		return find_other(u, name, e);
	return !name || (p && p->pw_uid == geteuid()) ||
	       err_set(e, ERR_CONFIG, "user = %.32s: only root can change to another user", name);
}

/* --- its files --- */

/* Of the open file, whatever stands at its name meanwhile. One with a second name may be any file of root's. */
static bool give(const daemon_user *u, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO;
	bool ok = fstat(fd, &st) == 0;
	if (ok && S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_nlink == 1)
		ok = fchown(fd, u->uid, u->gid) == 0;
	int why = errno;
	close(fd);
	errno = why;
	return ok;
}

static bool give_all(const daemon_user *u, DIR *dir)
{
	const struct dirent *d;
	bool ok = true;

	while (ok && (d = readdir(dir)))
		ok = give(u, dirfd(dir), d->d_name);
	return ok && fchown(dirfd(dir), u->uid, u->gid) == 0;
}

static bool has_others(DIR *dir, bool (*is_ours)(const char *name))
{
	const struct dirent *d;
	bool found = false;

	while (is_ours && !found && (d = readdir(dir)))
		found = strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
			!is_ours(d->d_name);
	rewinddir(dir);
	return found;
}

bool daemon_user_own(const daemon_user *u, const char *path, bool (*is_ours)(const char *name),
		     err *e)
{
	struct stat st;

	if (!u->changes)
		return true;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 && fstat(fd, &st) == 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		err_sys(e, errno, "%s", path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	bool ok = false;
	if (st.st_uid != 0 && st.st_uid != u->uid)
		err_set(e, ERR_SYSTEM, "%s belongs to neither root nor user %s", path, u->name);
	else if (has_others(dir, is_ours))
		err_set(e, ERR_SYSTEM, "%s holds other files, too: it is left as it is", path);
	else if (!give_all(u, dir))
		err_sys(e, errno, "giving %s to user %s", path, u->name);
	else
		ok = true;
	closedir(dir);
	return ok;
}

void daemon_warn_unreadable(const daemon_user *u, const char *const files[], unsigned n,
			    const logger *log)
{
	for (unsigned i = 0; u->changes && i < n; i++)
		if (files[i] && access(files[i], R_OK) < 0)
			log_warn(log,
				 "%s: user %s can't read it again at SIGHUP (%s): chgrp %s and "
				 "chmod 640 it",
				 files[i], u->name, strerror(errno), u->name);
}

/* --- capabilities --- */

static const struct {
	unsigned flag, capability;
} kinds[] = {
	{ DAEMON_KEEP_NET_ADMIN, CAP_NET_ADMIN },
	{ DAEMON_KEEP_NET_RAW, CAP_NET_RAW },
	{ DAEMON_KEEP_NET_BIND, CAP_NET_BIND_SERVICE },
	{ DAEMON_KEEP_IPC_LOCK, CAP_IPC_LOCK },
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

/* In libcap-ng's own state, to be applied; *bounds: the bounding set can be changed, too. */
static bool choose_capabilities(unsigned keep, bool *bounds, err *e)
{
	bool have[N_KINDS];

	if (capng_get_caps_process() < 0)
		return err_sys(e, errno, "reading capabilities");
	*bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (size_t i = 0; i < N_KINDS; i++)
		have[i] = keep & kinds[i].flag &&
			  capng_have_capability(CAPNG_PERMITTED, kinds[i].capability);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < N_KINDS; i++)
		if (have[i])
			capng_update(CAPNG_ADD,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
				     kinds[i].capability);
	return true;
}

/* Bounding set and groups first, which need capabilities; then the user, with permitted capabilities kept over it. */
static bool become(const daemon_user *u, err *e)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || initgroups(u->name, u->gid) < 0 ||
	    setresgid(u->gid, u->gid, u->gid) < 0 || setresuid(u->uid, u->uid, u->uid) < 0 ||
	    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_sys(e, errno, "changing to user %s", u->name);
	return true;
}

static bool apply(capng_select_t what, err *e)
{
	int r = capng_apply(what);

	return r == 0 || err_set(e, ERR_SYSTEM, "dropping capabilities failed (step %d)", -r);
}

static void log_shortcomings(const daemon_user *u, const daemon_memory *m, const logger *log)
{
	if (u && u->missing)
		log_warn(log,
			 "there is no user %s: going on as root, with no capabilities but those "
			 "needed; useradd --system %s, or user = NAME in the configuration",
			 PRIVATE_DAEMON_USER, PRIVATE_DAEMON_USER);
	if (m && m->why.kind != ERR_NONE)
		log_warn(log, "%s", m->why.text);
}

bool daemon_drop_privileges(const daemon_user *u, unsigned keep, const daemon_memory *m,
			    const logger *log, err *e)
{
	bool bounds = false;

	if (m && m->by_capability && m->why.kind == ERR_NONE)
		keep |= DAEMON_KEEP_IPC_LOCK;
	if (!choose_capabilities(keep, &bounds, e) || (bounds && !apply(CAPNG_SELECT_BOUNDS, e)) ||
	    (u && u->changes && !become(u, e)))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "no-new-privileges");
	if (!apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT, e) || !daemon_forbid_dumps(e))
		return false;
	if (log)
		log_shortcomings(u, m, log);
	return true;
}

bool daemon_need_net_admin(err *e)
{
	if (capng_get_caps_process() < 0)
		return err_sys(e, errno, "reading capabilities");
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN) ||
	       err_set(e, ERR_SYSTEM, "needs CAP_NET_ADMIN: run as root or with the capability");
}
