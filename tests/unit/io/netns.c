/* SPDX-License-Identifier: MIT */
#include "netns.h"
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool run(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return n > 0 && n < (int)sizeof(line) && system(line) == 0;
}

bool netns_enter(void)
{
	return unshare(CLONE_NEWNET) == 0 && run("ip link set lo up");
}

/* The file that is seen has no name any more when this returns, and nothing can be mounted on such a one. */
bool own_etc_file(const char *name, const char *text)
{
	char path[] = "/tmp/etc.XXXXXX";
	int fd = mkstemp(path);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		  fchmod(fd, 0644) == 0 && unshare(CLONE_NEWNS) == 0 &&
		  run("mount --make-rprivate / && { umount -q /etc/%s; mount --bind %s /etc/%s; }",
		      name, path, name);

	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return ok;
}

unsigned lines_with(const char *command, const char *text)
{
	char line[1024];
	unsigned n = 0;
	FILE *f = popen(command, "r");

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	if (f)
		pclose(f);
	return n;
}

bool wait_for_lines(unsigned n, const char *command, const char *text)
{
	for (int i = 0; i < 500; i++) {
		if (lines_with(command, text) == n)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

bool in_child(bool (*f)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(f() ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}
