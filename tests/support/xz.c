/*
 * Compressed test material, see xz.h.
 */
#include "support/xz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

const char *corpora_path(const char *path)
{
	static char full[4096];
	const char *root = getenv("SONDE_CORPORA");

	if (!root || snprintf(full, sizeof(full), "%s/%s", root, path) >= (int)sizeof(full)) {
		return NULL;
	}
	return full;
}

/* Reads fd to its end into a growing block; NULL when that fails. */
static char *read_all(int fd, size_t *n)
{
	size_t size = 1 << 20;
	char *data = malloc(size);
	ssize_t got = 1;

	*n = 0;
	while (data && got > 0) {
		if (*n + 1 == size) {
			char *more = realloc(data, size *= 2);

			if (!more) {
				free(data);
				return NULL;
			}
			data = more;
		}
		got = read(fd, data + *n, size - *n - 1);
		*n += got > 0 ? (size_t)got : 0;
	}
	if (data) {
		data[*n] = '\0';
	}
	return data;
}

char *corpora_read_xz(const char *path, size_t *n)
{
	const char *full = corpora_path(path);
	char *data;
	int out[2];
	int status;
	pid_t pid;

	if (!full || access(full, R_OK) != 0 || pipe(out) != 0) {
		return NULL;
	}
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		execlp("xz", "xz", "-dc", full, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	data = read_all(out[0], n);
	close(out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		free(data);
		return NULL;
	}
	return data;
}
