/* SPDX-License-Identifier: MIT */
#include "base/private.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GROUPS = 64 };

static bool is_in_group(const struct passwd *user, gid_t group)
{
	gid_t groups[GROUPS];
	int n = GROUPS;

	if (getgrouplist(user->pw_name, user->pw_gid, groups, &n) < 0)
		n = GROUPS;
	for (int i = 0; i < n; i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* sudo(8) sets SUDO_UID, and only root can have called whatever else set it. */
static bool is_caller(uid_t owner)
{
	const char *sudo = getuid() == 0 ? getenv("SUDO_UID") : NULL;
	char *end = NULL;
	unsigned long uid = sudo ? strtoul(sudo, &end, 10) : 0;

	return owner == geteuid() || (sudo && end != sudo && !*end && uid == owner);
}

bool private_check(const char *path, const file_access *a, const char *user, err *e)
{
	const struct passwd *daemon = getpwnam(user ? user : PRIVATE_DAEMON_USER);
	bool by_group = a->mode & S_IRGRP && !(daemon && is_in_group(daemon, a->group));

	if (by_group || a->mode & (S_IWGRP | S_IROTH | S_IWOTH))
		return err_set(e, ERR_CONFIG, "%s: readable by others; chmod 600 it", path);
	return a->owner == 0 || is_caller(a->owner) || (daemon && a->owner == daemon->pw_uid) ||
	       err_set(e, ERR_CONFIG,
		       "%s: belongs to user %u, who can read and change it; chown it to root", path,
		       (unsigned)a->owner);
}
