/* SPDX-License-Identifier: MIT */
/* memory.h - keeps keys in memory alone: neither on a disk, as swapped pages or a core dump, nor in the hands of another
 * process of the same user. */
#ifndef HW_IO_DAEMON_MEMORY_H
#define HW_IO_DAEMON_MEMORY_H

#include "base/err.h"

typedef struct daemon_memory {
	err why;            /* kind ERR_NONE: it is locked; else why not, and what to do */
	bool by_capability; /* under a limit: locked as long as CAP_IPC_LOCK is kept */
} daemon_memory;
/* For the start of a daemon, before it reads a key; a child process has to call it again. No core dump is written and
 * nobody but root may trace the process, in any case. All its memory is locked where RLIMIT_MEMLOCK is unlimited, may be
 * made so, or does not count (CAP_IPC_LOCK). A daemon goes on without; daemon_drop_privileges() logs it. */
void daemon_protect_memory(daemon_memory *m);
/* No core dump and no tracing: also lost when a process changes its user. False: see *e. */
bool daemon_forbid_dumps(err *e);

#endif
