/*
 * Runs command-line pollers, for comparison: one process for each job, as many at a time as
 * --window says, until --seconds are over; what was begun is ended. A job is a command of which
 * TARGET and ROOT stand for a device and a subtree. Its lines on stdout are counted: each varbind
 * has one. CPU is that of the processes, this one takes next to nothing. Started by
 * bench/runner/peers_tools.py; bench/peers/README.md has what is printed.
 *
 * client [OPTIONS] --root MARK=LINES ... TARGET ... -- PROGRAM [ARGUMENT ...]
 *   MARK is ROOT, and what a line must contain to count; LINES are right.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	ROOTS_MAX = 64,
	WINDOW_MAX = 1024,
	ARGUMENTS_MAX = 65536,
	LINE_MAX_ = 512, /* octets of a line that are looked at */
	GRACE = 60,	 /* s after the end until what still runs is killed */
};

struct root {
	char *mark;	     /* subtree, and what a line must contain */
	unsigned long lines; /* that are right */
};

/* What is done again and again. */
struct task {
	char *target;
	const struct root *root;
};

struct job {
	pid_t pid;	      /* of the process; 0: none */
	struct task task;     /* what it does */
	unsigned long lines;  /* counted so far */
	size_t len;	      /* octets of line */
	char line[LINE_MAX_]; /* the one being read, cut if it is longer */
};

struct client {
	double seconds;		   /* to poll */
	unsigned window;	   /* processes at once */
	unsigned long per_request; /* lines of an answer; 0: not known */
	struct root roots[ROOTS_MAX];
	unsigned n_roots;
	char **targets; /* of the command line */
	unsigned n_targets;
	char **command;	    /* of the command line, NULL at its end */
	struct task *queue; /* ring of the tasks that no process does */
	unsigned n_tasks;   /* all there are; room in the ring */
	unsigned next;	    /* to be done, in the ring */
	unsigned running;   /* of jobs[] */
	struct job jobs[WINDOW_MAX];
	struct pollfd fds[WINDOW_MAX]; /* their output */
	unsigned long varbinds, operations, failed;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "tools: %s\n", what);
	exit(2);
}

/* Starts the next job: what was done longest ago. */
static void job_start(struct client *c, unsigned i)
{
	static char *argv[ARGUMENTS_MAX];
	struct job *j = &c->jobs[i];
	struct task task = c->queue[c->next];
	posix_spawn_file_actions_t actions;
	int ends[2];
	unsigned n = 0;

	for (; c->command[n] && n < ARGUMENTS_MAX - 1; n++) {
		argv[n] = c->command[n];
		if (strcmp(c->command[n], "TARGET") == 0) {
			argv[n] = task.target;
		} else if (strcmp(c->command[n], "ROOT") == 0) {
			argv[n] = task.root->mark;
		}
	}
	argv[n] = NULL;
	if (pipe2(ends, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0) {
		die("no pipe");
	}
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	j->task = task;
	j->lines = 0;
	j->len = 0;
	if (posix_spawn(&j->pid, argv[0], &actions, NULL, argv, environ) != 0) {
		die("the program does not start");
	}
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	c->fds[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	c->running++;
	c->next = (c->next + 1) % c->n_tasks;
}

static void job_end(struct client *c, unsigned i)
{
	struct job *j = &c->jobs[i];
	unsigned long unit = c->per_request ? c->per_request : j->task.root->lines;
	unsigned long wanted = j->task.root->lines / unit;
	unsigned long whole = j->lines / unit;
	int status = 0;

	close(c->fds[i].fd);
	c->fds[i].fd = -1;
	waitpid(j->pid, &status, 0);
	j->pid = 0;
	/* Behind those that wait: as many as no process does are in the ring. */
	c->queue[(c->next + c->n_tasks - c->running) % c->n_tasks] = j->task;
	c->running--;
	c->varbinds += j->lines;
	if (j->lines > j->task.root->lines || (status != 0 && whole == wanted)) {
		whole = 0; /* told more than there is, or that something was wrong */
	}
	c->operations += whole;
	c->failed += wanted - whole;
}

/* Counts the lines in what has come; the job is over with its output. */
static void job_read(struct client *c, unsigned i)
{
	static char text[65536];
	struct job *j = &c->jobs[i];
	ssize_t n = read(c->fds[i].fd, text, sizeof(text));

	if (n <= 0) {
		if (n == 0 || errno != EINTR) {
			job_end(c, i);
		}
		return;
	}
	for (ssize_t k = 0; k < n; k++) {
		if (text[k] != '\n') {
			if (j->len < LINE_MAX_ - 1) {
				j->line[j->len++] = text[k];
			}
			continue;
		}
		j->line[j->len] = '\0';
		j->len = 0;
		j->lines += strstr(j->line, j->task.root->mark) != NULL;
	}
}

static void client_run(struct client *c, double end)
{
	for (unsigned i = 0; i < c->window; i++) {
		job_start(c, i);
	}
	while (c->running) {
		if (poll(c->fds, c->window, 1000) < 0 && errno != EINTR) {
			die("poll");
		}
		for (unsigned i = 0; i < c->window; i++) {
			if (c->fds[i].fd >= 0 && c->fds[i].revents) {
				job_read(c, i);
			}
			if (c->jobs[i].pid == 0 && now() < end) {
				job_start(c, i);
			} else if (c->jobs[i].pid && now() > end + GRACE) {
				kill(c->jobs[i].pid, SIGKILL);
			}
		}
	}
}

static void root_add(struct client *c, char *text)
{
	char *lines = strrchr(text, '=');

	if (!lines || c->n_roots == ROOTS_MAX) {
		die("--root MARK=LINES, 64 times at most");
	}
	*lines++ = '\0';
	c->roots[c->n_roots].mark = text;
	c->roots[c->n_roots].lines = strtoul(lines, NULL, 10);
	if (c->roots[c->n_roots++].lines == 0) {
		die("--root MARK=0");
	}
}

static void client_init(struct client *c, int argc, char **argv)
{
	int i = 1;

	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--seconds") == 0) {
			c->seconds = strtod(argv[i + 1], NULL);
		} else if (strcmp(argv[i], "--window") == 0) {
			c->window = (unsigned)strtoul(argv[i + 1], NULL, 10);
		} else if (strcmp(argv[i], "--request-lines") == 0) {
			c->per_request = strtoul(argv[i + 1], NULL, 10);
		} else if (strcmp(argv[i], "--root") == 0) {
			root_add(c, argv[i + 1]);
		} else {
			die(argv[i]);
		}
	}
	c->targets = &argv[i];
	while (i < argc && strcmp(argv[i], "--") != 0) {
		c->n_targets++;
		i++;
	}
	if (i + 1 >= argc || !c->n_targets || !c->n_roots) {
		die("--root MARK=LINES ... TARGET ... -- PROGRAM [ARGUMENT ...]");
	}
	c->command = &argv[i + 1];
	c->queue = calloc((size_t)c->n_targets * c->n_roots, sizeof(*c->queue));
	if (!c->queue) {
		die("no memory");
	}
	for (; c->n_tasks < c->n_targets * c->n_roots; c->n_tasks++) {
		c->queue[c->n_tasks] = (struct task){c->targets[c->n_tasks / c->n_roots],
						     &c->roots[c->n_tasks % c->n_roots]};
	}
	if (c->window > c->n_tasks) {
		c->window = c->n_tasks;
	}
	if (c->window < 1 || c->window > WINDOW_MAX) {
		die("--window 1 to 1024");
	}
}

int main(int argc, char **argv)
{
	static struct client c = {.seconds = 2, .window = 1};
	double began = now();

	client_init(&c, argc, argv);
	client_run(&c, began + c.seconds);
	printf("{\"requests\": %lu, \"varbinds\": %lu, \"seconds\": %.6f, \"failed\": %lu, "
	       "\"operations\": %lu}\n",
	       c.per_request ? c.varbinds / c.per_request : 0, c.varbinds, now() - began, c.failed,
	       c.operations);
	return 0;
}
