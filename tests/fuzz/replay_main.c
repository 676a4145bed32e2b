/*
 * main() of a fuzz target where it is not linked with libFuzzer: hands every file of the folders
 * named on the command line to LLVMFuzzerTestOneInput once. Run by ctest in all builds; the
 * sanitizers or an assert of the target make it fail. A folder that is missing or holds no file is
 * a failure as well: a corpus that got lost must not look like a success.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

struct tally {
	unsigned passed; /* files handed to the target */
	unsigned failed; /* files that could not be read, folders without any */
};

/* Reads all of fd into exact-size heap memory, so that AddressSanitizer sees one octet too many. */
static int replay_fd(int fd, const char *name)
{
	struct stat st;
	uint8_t *data;
	size_t have = 0;
	size_t size;

	if (fstat(fd, &st) != 0 || st.st_size < 0) {
		return -1;
	}
	size = (size_t)st.st_size;
	data = malloc(size);
	if (!data && size != 0) {
		return -1;
	}
	while (have < size) {
		ssize_t n = read(fd, data + have, size - have);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			free(data);
			return -1;
		}
		have += (size_t)n;
	}
	/* The last name printed is the culprit if the target dies. */
	printf("%s (%zu octets)\n", name, size);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

static void replay_folder(struct tally *t, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	unsigned before = t->passed + t->failed;

	if (!dir) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		t->failed++;
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		int fd;

		if (entry->d_name[0] == '.') {
			continue;
		}
		fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || replay_fd(fd, entry->d_name) != 0) {
			fprintf(stderr, "%s/%s: cannot be read\n", path, entry->d_name);
			t->failed++;
		} else {
			t->passed++;
		}
		if (fd >= 0) {
			close(fd);
		}
	}
	closedir(dir);
	if (t->passed + t->failed == before) {
		fprintf(stderr, "%s: no input in this folder\n", path);
		t->failed++;
	}
}

int main(int argc, char **argv)
{
	struct tally t = {0, 0};

	if (LLVMFuzzerInitialize) {
		LLVMFuzzerInitialize(&argc, &argv);
	}
	for (int i = 1; i < argc; i++) {
		replay_folder(&t, argv[i]);
	}
	printf("%u passed, %u failed\n", t.passed, t.failed);
	return t.failed != 0 || t.passed == 0;
}
