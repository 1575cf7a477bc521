/* SPDX-License-Identifier: MIT */
/* memory.c - theory of operation.
 *
 * Keys are not in one place: the configuration, each client's entry, contexts of ciphers and TLS inside OpenSSL, and the
 * stack, all hold some or what they were expanded to. So all memory is locked, not pages of an allocator of our own. With
 * MCL_ONFAULT that costs nothing but that what is in use can't be swapped out; memory that is reserved and not used stays
 * so. Locks count reserved memory, however, and an allocation that would exceed RLIMIT_MEMLOCK fails: so under a limit
 * there is none, unless CAP_IPC_LOCK is there and kept.
 *
 * A process that isn't dumpable (prctl(2)) leaves no core, not even where core_pattern is a pipe, for which RLIMIT_CORE
 * does not count; and its memory can be read by nobody but root. Marking pages by madvise(2) would add nothing. */
#include "io/daemon/memory.h"
#include <cap-ng.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

bool daemon_forbid_dumps(err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) < 0)
		return err_sys(e, errno, "disabling core dumps");
	return true;
}

static bool lift_limit(void)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_MEMLOCK, &none) ==
	       0; /* CAP_SYS_RESOURCE, unless it is so already */
}

static bool may_ignore_limit(void)
{
	return capng_get_caps_process() == 0 &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK);
}

static void explain_limit(err *e)
{
	struct rlimit now = { 0, 0 };

	getrlimit(RLIMIT_MEMLOCK, &now);
	err_set(e, ERR_SYSTEM,
		"memory is not locked, keys may be swapped out: RLIMIT_MEMLOCK is %llu KiB; make "
		"it "
		"unlimited (LimitMEMLOCK=infinity)",
		(unsigned long long)now.rlim_max / 1024);
}

void daemon_protect_memory(daemon_memory *m)
{
	*m = (daemon_memory){ 0 };
	if (!daemon_forbid_dumps(&m->why))
		return;
	m->by_capability = !lift_limit();
	if (m->by_capability && !may_ignore_limit())
		explain_limit(&m->why);
	else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		err_sys(&m->why, errno, "memory is not locked, keys may be swapped out");
}
