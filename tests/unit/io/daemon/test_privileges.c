/* SPDX-License-Identifier: MIT */
/* What a daemon gives up after its start (io/daemon/privileges.h, memory.h). Each test is a process of its own. */
#include "io/daemon/memory.h"
#include "io/daemon/privileges.h"
#include "netns.h"
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A field of /proc/self/status, its first number; UINT64_MAX: not there. */
static uint64_t status_number(const char *name, int base)
{
	char line[256];
	uint64_t v = UINT64_MAX;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			v = strtoull(line + strlen(name) + 1, NULL, base);
	if (f)
		fclose(f);
	return v;
}

enum {
	BOTH = DAEMON_KEEP_NET_ADMIN | DAEMON_KEEP_NET_RAW,
	ALL = BOTH | DAEMON_KEEP_NET_BIND,
	BOTH_BITS = 1 << CAP_NET_ADMIN | 1 << CAP_NET_RAW,
	ALL_BITS = BOTH_BITS | 1 << CAP_NET_BIND_SERVICE,
};

static bool has_only(uint64_t bits)
{
	struct rlimit core;

	return status_number("CapEff", 16) == bits && status_number("CapPrm", 16) == bits &&
	       status_number("CapBnd", 16) == bits && status_number("CapAmb", 16) == 0 &&
	       status_number("CapInh", 16) == 0 && status_number("NoNewPrivs", 10) == 1 &&
	       prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &core) == 0 &&
	       core.rlim_max == 0;
}

/* All four identities, in the order of /proc/self/status. */
static bool is_user(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	return getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid &&
	       getresgid(&gr, &ge, &gs) == 0 && gr == gid && ge == gid && gs == gid;
}

static bool drops_all_but(unsigned keep, uint64_t bits)
{
	uint64_t had = status_number("CapPrm", 16) & bits;
	err e;

	return daemon_drop_privileges(NULL, keep, NULL, NULL, &e) && has_only(had);
}

static bool drops_twice(void)
{
	err e;

	return drops_all_but(ALL, ALL_BITS) && drops_all_but(ALL, ALL_BITS) &&
	       daemon_need_net_admin(&e);
}

static bool drops_all_but_two(void)
{
	return drops_all_but(BOTH, BOTH_BITS);
}

static bool drops_all(void)
{
	err e;

	return drops_all_but(0, 0) && !daemon_need_net_admin(&e);
}

static bool keeps_what_locked_memory_needs(void)
{
	const daemon_memory by_capability = { .by_capability = true };
	err e;

	return daemon_drop_privileges(NULL, 0, &by_capability, NULL, &e) &&
	       has_only(1 << CAP_IPC_LOCK);
}

static bool keeps_nothing_for_memory_that_is_not_locked(void)
{
	const daemon_memory m = { .by_capability = true, .why = { .kind = ERR_SYSTEM } };
	err e;

	return daemon_drop_privileges(NULL, 0, &m, NULL, &e) && has_only(0);
}

static bool becomes_another_user(void)
{
	const struct passwd *p = getpwnam("daemon");
	daemon_user u;
	err e;

	return daemon_user_find(&u, "daemon", &e) && u.changes &&
	       daemon_drop_privileges(&u, BOTH, NULL, NULL, &e) && is_user(p->pw_uid, p->pw_gid) &&
	       has_only(BOTH_BITS) && daemon_need_net_admin(&e) && setuid(0) < 0 &&
	       open("/etc/shadow", O_RDONLY) < 0;
}

/* Root's own supplementary groups would still open what is theirs. */
static bool leaves_roots_groups(void)
{
	const gid_t roots[] = { 0, 42 };
	gid_t now[64];
	daemon_user u;
	err e;

	if (setgroups(2, roots) < 0 || !daemon_user_find(&u, "daemon", &e) ||
	    !daemon_drop_privileges(&u, 0, NULL, NULL, &e))
		return false;
	int n = getgroups(64, now);
	for (int i = 0; i < n; i++)
		if (now[i] == 0 || now[i] == 42)
			return false;
	return n >= 0;
}

static unsigned lines;
static void line(void *ctx, log_level level, const char *text)
{
	(void)ctx;
	lines += level == LOG_WARN &&
		 (strstr(text, "there is no user homeward") || strstr(text, "not locked"));
}

static bool stays_root_without_roots_powers_and_says_so(void)
{
	const daemon_memory m = { .why = { .kind = ERR_SYSTEM, .text = "not locked" } };
	const logger log = { .level = LOG_INFO, .line = line };
	daemon_user u = { .missing = true };
	err e;

	return daemon_drop_privileges(&u, BOTH, &m, &log, &e) && is_user(0, 0) &&
	       has_only(BOTH_BITS) && lines == 2;
}

static bool finds_users(void)
{
	const struct passwd *p = getpwnam("homeward");
	daemon_user u;
	err e;

	bool ok = daemon_user_find(&u, NULL, &e) && u.changes == (p != NULL) &&
		  u.missing == (p == NULL);
	ok = ok && daemon_user_find(&u, "root", &e) && !u.changes && !u.missing;
	ok = ok && !daemon_user_find(&u, "no-such-user", &e) && strstr(e.text, "no-such-user") &&
	     e.kind == ERR_CONFIG;
	return ok && setuid(getpwnam("daemon")->pw_uid) == 0 && daemon_user_find(&u, NULL, &e) &&
	       !u.changes && !u.missing && daemon_user_find(&u, "daemon", &e) && !u.changes &&
	       !daemon_user_find(&u, "root", &e) && strstr(e.text, "only root");
}

static bool without_net_admin(void)
{
	err e = { 0 };

	return (geteuid() != 0 || setuid(65534) == 0) && !daemon_need_net_admin(&e) &&
	       e.kind == ERR_SYSTEM && strstr(e.text, "CAP_NET_ADMIN");
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("skipped: needs root\n");
	skip();
}

TEST(only_the_capabilities_that_are_used_are_kept)
{
	need_root();
	assert_true(in_child(drops_twice));
	assert_true(in_child(drops_all_but_two));
	assert_true(in_child(drops_all));
	assert_true(in_child(keeps_what_locked_memory_needs));
	assert_true(in_child(keeps_nothing_for_memory_that_is_not_locked));
}

TEST(the_user_is_changed_for_good)
{
	need_root();
	assert_true(in_child(becomes_another_user));
	assert_true(in_child(leaves_roots_groups));
}

TEST(without_the_default_user_it_stays_root_and_says_so)
{
	need_root();
	assert_true(in_child(stays_root_without_roots_powers_and_says_so));
}

TEST(a_user_is_found_or_the_error_says_what_to_do)
{
	need_root();
	assert_true(in_child(finds_users));
}

TEST(missing_capability_is_said_in_a_sentence)
{
	assert_true(in_child(without_net_admin));
}

/* --- files --- */

static void make(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static uid_t owner(const char *dir, const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(lstat(path, &st), 0);
	return st.st_uid;
}

static bool is_state(const char *name)
{
	return strcmp(name, "state") == 0;
}

TEST(a_directory_and_its_plain_files_are_given_and_nothing_of_others)
{
	char dir[] = "/tmp/hw-own-XXXXXX", elsewhere[] = "/tmp/hw-own-XXXXXX", path[128], to[128];
	daemon_user u = { .name = "x", .uid = 61234, .gid = 61234, .changes = true };
	err e;

	need_root();
	assert_true(mkdtemp(dir) && mkdtemp(elsewhere));
	make(dir, "state");
	make(dir, "theirs");
	make(elsewhere, "roots");
	snprintf(path, sizeof path, "%s/theirs", dir);
	assert_int_equal(chown(path, 61235, 61235), 0);
	snprintf(to, sizeof to, "%s/roots", elsewhere);
	snprintf(path, sizeof path, "%s/hard", dir);
	assert_int_equal(link(to, path), 0);
	snprintf(path, sizeof path, "%s/soft", dir);
	assert_int_equal(symlink(to, path), 0);
	assert_false(daemon_user_own(&u, dir, is_state, &e));
	assert_non_null(strstr(e.text, "holds other files"));
	assert_int_equal(owner(dir, "state"), 0);
	assert_true(daemon_user_own(&u, dir, NULL, &e));
	assert_int_equal(owner(dir, "."), 61234);
	assert_int_equal(owner(dir, "state"), 61234);
	assert_int_equal(owner(dir, "theirs"), 61235);
	assert_int_equal(owner(dir, "hard"), 0);
	assert_int_equal(owner(dir, "soft"), 0);
	u.uid = 61236; /* the directory is another user's now */
	assert_false(daemon_user_own(&u, dir, NULL, &e));
	u.changes = false;
	assert_true(daemon_user_own(&u, dir, NULL, &e));
	snprintf(path, sizeof path, "rm -r %s %s", dir, elsewhere);
	assert_int_equal(system(path), 0);
}

/* --- memory --- */

/* It crashes where a core would be written if it were allowed to. */
static bool crashes_without_a_core(void)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	int status = 0;
	pid_t pid;

	setrlimit(RLIMIT_CORE, &none);
	pid = fork();
	if (pid == 0) {
		daemon_protect_memory(&(daemon_memory){ 0 });
		signal(SIGQUIT, SIG_DFL);
		raise(SIGQUIT);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && !WCOREDUMP(status);
}

TEST(a_crash_leaves_no_core)
{
	assert_true(in_child(crashes_without_a_core));
}

static bool is_told_of_the_limit(void)
{
	const struct rlimit small = { 65536, 65536 };
	daemon_memory m;

	if (setrlimit(RLIMIT_MEMLOCK, &small) < 0 || (geteuid() == 0 && setuid(65534) < 0))
		return false;
	daemon_protect_memory(&m);
	return m.why.kind != ERR_NONE && strstr(m.why.text, "RLIMIT_MEMLOCK is 64 KiB") &&
	       prctl(PR_GET_DUMPABLE) == 0;
}

TEST(where_the_limit_forbids_it_memory_is_not_locked_and_the_error_says_why)
{
	assert_true(in_child(is_told_of_the_limit));
}

#ifndef __SANITIZE_ADDRESS__ /* whose mlockall() does nothing */
static bool locks_all(void)
{
	daemon_memory m;
	uint64_t before = status_number("VmLck", 10);

	daemon_protect_memory(&m);
	void *later = malloc(8 << 20);
	bool ok = m.why.kind == ERR_NONE && before == 0 && later &&
		  status_number("VmLck", 10) > 8 << 10;
	free(later);
	return ok;
}

TEST(all_memory_is_locked_also_what_is_allocated_later)
{
	need_root();
	assert_true(in_child(locks_all));
}
#else
TEST(all_memory_is_locked_also_what_is_allocated_later)
{
	print_message("skipped: the sanitizer's mlockall() does nothing\n");
	skip();
}
#endif

RUN(T(only_the_capabilities_that_are_used_are_kept), T(the_user_is_changed_for_good),
    T(without_the_default_user_it_stays_root_and_says_so),
    T(a_user_is_found_or_the_error_says_what_to_do), T(missing_capability_is_said_in_a_sentence),
    T(a_directory_and_its_plain_files_are_given_and_nothing_of_others), T(a_crash_leaves_no_core),
    T(where_the_limit_forbids_it_memory_is_not_locked_and_the_error_says_why),
    T(all_memory_is_locked_also_what_is_allocated_later))
