/*
 * Makes the kernel refuse a system call to the calling process, as a container's seccomp profile
 * does. Runs a function in a child, since a filter can't be taken off again.
 */
#ifndef TEST_UNIT_IO_DENY_H
#define TEST_UNIT_IO_DENY_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* One refusal: call `number` fails with `error`, if argument `arg` (-1: any) is `value`. */
struct deny {
	uint32_t number; /* __NR_... */
	int arg;	 /* index of an argument */
	uint32_t value;	 /* its lower 32 bits */
	uint32_t error;	 /* errno */
};

/* True when the filter is in force. */
static inline int deny_install(const struct deny *d)
{
	uint32_t arg = (uint32_t)offsetof(struct seccomp_data, args) +
		       (d->arg < 0 ? 0 : 8 * (uint32_t)d->arg);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, d->number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, arg),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, d->value, 0, d->arg < 0 ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | d->error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

enum { DENY_CHILD_UNAVAILABLE = 100 };

/*
 * The result (0 to 99) of check(arg) in a child that is refused the call; DENY_CHILD_UNAVAILABLE:
 * no seccomp here; -1: the child crashed.
 */
static inline int deny_run(const struct deny *d, int (*check)(void *arg), void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		_exit(deny_install(d) ? check(arg) : DENY_CHILD_UNAVAILABLE);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		return -1;
	}
	return WEXITSTATUS(status);
}

#endif
