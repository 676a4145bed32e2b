/*
 * Recordings of --data: files found below folders, named as snmpsim names them, parsed on all CPUs.
 * A file that cannot be read is told and left out. Main thread, and helpers of its own while it
 * loads.
 */
#include "daemon/simulate_parts.h"

#include "recording/recording.h"
#include "base/log.h"
#include "scheduler/affinity.h"

#include <errno.h>
#include <fts.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOADERS_MAX = 64, LINE_EVERY_TTY_MS = 200, LINE_EVERY_PLAIN_S = 10, FILES_STEP = 256 };

/* One recording on its way. */
struct file {
	char *path;			   /* as it is opened */
	char *name;			   /* without folder and suffix */
	struct sn_store *store;		   /* NULL: not loaded */
	struct sn_recording_report report; /* of its lines */
};

struct files {
	struct file *v; /* heap */
	uint32_t n;	/* in use */
	uint32_t room;
};

/* What the loaders share: each takes the next file. */
struct crew {
	struct file *file;     /* all */
	uint32_t n;	       /* of these */
	_Atomic uint32_t next; /* the first that nobody took */
	_Atomic uint32_t done; /* finished ones */
	bool interactive;      /* progress is a line that is rewritten */
	bool quiet;	       /* no progress */
	bool line_open;	       /* it is on the screen */
	uint64_t last_line;    /* mono ns */
};

static void free_files(struct files *files)
{
	for (uint32_t i = 0; i < files->n; i++) {
		free(files->v[i].path);
		free(files->v[i].name);
		sn_store_free(files->v[i].store);
	}
	free(files->v);
}

/* Length of a name without what says format and compression: from its last dot, or the one before
 * for .gz and .bz2. */
static size_t stem(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(name);

	if (dot && (strcmp(dot, ".gz") == 0 || strcmp(dot, ".bz2") == 0)) {
		const char *inner = memrchr(name, '.', n);

		n = inner ? (size_t)(inner - name) : n;
	}
	return n;
}

static int add_file(struct files *files, const char *path, const char *name)
{
	struct file *f;

	if (files->n == files->room) {
		uint32_t room = files->room + FILES_STEP;
		struct file *grown = realloc(files->v, room * sizeof(*grown));

		if (!grown) {
			return SN_ENOMEM;
		}
		files->v = grown;
		files->room = room;
	}
	f = &files->v[files->n];
	memset(f, 0, sizeof(*f));
	f->path = strdup(path);
	f->name = strndup(name, stem(name));
	files->n++; /* what there is of it is freed with the others */
	return f->path && f->name ? SN_OK : SN_ENOMEM;
}

/* Everything below a folder that is named as a recording. base: octets of the folder's own path. */
static int add_tree(struct files *files, FTS *tree, size_t base)
{
	int rc = SN_OK;

	for (FTSENT *e = fts_read(tree); e && !rc; e = fts_read(tree)) {
		enum sn_recording_format format;

		if (e->fts_level > 0 && e->fts_name[0] == '.') {
			fts_set(tree, e, FTS_SKIP); /* editors and tools keep theirs there */
			continue;
		}
		switch (e->fts_info) {
		case FTS_F:
			if (sn_recording_format(e->fts_path, &format) == SN_OK) {
				rc = add_file(files, e->fts_path, e->fts_path + base);
			}
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			sn_log(SN_LOG_WARNING, "%s: cannot be read: %s", e->fts_path,
			       strerror(e->fts_errno));
			break;
		default:
			break;
		}
	}
	return rc;
}

static int add_folder(struct files *files, const char *path)
{
	size_t n = strlen(path);
	char *copy;
	FTS *tree;
	int rc;

	while (n > 1 && path[n - 1] == '/') {
		n--;
	}
	copy = strndup(path, n);
	tree = copy ? fts_open((char *const[]){copy, NULL}, FTS_LOGICAL | FTS_NOCHDIR, NULL) : NULL;
	rc = tree ? add_tree(files, tree, n == 1 && path[0] == '/' ? 1 : n + 1) : SN_ENOMEM;
	if (tree) {
		fts_close(tree);
	}
	free(copy);
	return rc;
}

/* One --data. SN_EINVAL: said. */
static int add_data(struct files *files, const char *path)
{
	const char *slash = strrchr(path, '/');
	enum sn_recording_format format;
	struct stat st;

	if (stat(path, &st)) {
		fprintf(stderr, "sonde simulate: --data: %s: %s\n", path, strerror(errno));
		return SN_EINVAL;
	}
	if (S_ISDIR(st.st_mode)) {
		return add_folder(files, path);
	}
	if (sn_recording_format(path, &format)) {
		fprintf(stderr,
			"sonde simulate: --data: %s: not a recording by its name (expected "
			".snmprec, .snmpwalk, .sapwalk, .dump or .MVC, with or without .gz or "
			".bz2)\n",
			path);
		return SN_EINVAL;
	}
	return add_file(files, path, slash ? slash + 1 : path);
}

static int by_name_and_path(const void *a, const void *b)
{
	const struct file *x = a;
	const struct file *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->path, y->path);
}

/* Sorts; of several files of one name the first one stays, the others are told. */
static void drop_doubles(struct files *files)
{
	struct file *v = files->v;
	uint32_t kept = 0;

	if (files->n == 0) {
		return;
	}
	qsort(v, files->n, sizeof(*v), by_name_and_path);
	for (uint32_t i = 0; i < files->n; i++) {
		if (kept && strcmp(v[kept - 1].name, v[i].name) == 0) {
			if (strcmp(v[kept - 1].path, v[i].path) != 0) {
				sn_log(SN_LOG_WARNING, "%s: left out: %s has the same name",
				       v[i].path, v[kept - 1].path);
			}
			free(v[i].path);
			free(v[i].name);
			continue;
		}
		v[kept++] = v[i];
	}
	files->n = kept;
}

static void report_line(void *ctx, const char *line)
{
	(void)ctx;
	sn_log(SN_LOG_WARNING, "%s", line);
}

/* Loads the next file; false: there is none. Any loader. */
static bool load_next(struct crew *crew)
{
	uint32_t i = atomic_fetch_add_explicit(&crew->next, 1, memory_order_relaxed);
	struct file *f = &crew->file[i];

	if (i >= crew->n) {
		return false;
	}
	/* the reason was reported */
	if (sn_recording_load(f->path, report_line, NULL, &f->report, &f->store)) {
		f->store = NULL;
	}
	atomic_fetch_add_explicit(&crew->done, 1, memory_order_relaxed);
	return true;
}

static void *loader_main(void *arg)
{
	while (load_next(arg)) {
	}
	return NULL;
}

static void show_progress(struct crew *crew)
{
	uint64_t every = crew->interactive ? LINE_EVERY_TTY_MS * SN_NS_PER_MS
					   : LINE_EVERY_PLAIN_S * SN_NS_PER_SEC;
	uint64_t now = sn_clock_mono();
	uint32_t done = atomic_load_explicit(&crew->done, memory_order_relaxed);

	if (crew->quiet || now - crew->last_line < every) {
		return;
	}
	crew->last_line = now;
	if (crew->interactive) {
		fprintf(stderr, "\r\033[Kloading recordings: %u of %u", done, crew->n);
		crew->line_open = true;
	} else {
		sn_log(SN_LOG_INFO, "loading recordings: %u of %u", done, crew->n);
	}
}

/* The caller is one of the loaders: without help it does all. */
static void load_all(struct files *files, const struct sn_simulate_options *opt)
{
	struct crew crew = {.file = files->v,
			    .n = files->n,
			    .interactive = isatty(STDERR_FILENO),
			    .quiet = opt->quiet,
			    .last_line = sn_clock_mono()};
	unsigned want = sn_affinity_count();
	pthread_t helper[LOADERS_MAX];
	unsigned n = 0;

	want = want < files->n ? want : files->n;
	while (n + 1 < want && n < LOADERS_MAX &&
	       pthread_create(&helper[n], NULL, loader_main, &crew) == 0) {
		n++;
	}
	while (load_next(&crew)) {
		show_progress(&crew);
	}
	while (n-- > 0) {
		pthread_join(helper[n], NULL);
	}
	if (crew.line_open) {
		fputs("\r\033[K", stderr);
	}
}

/* What was loaded, to who asked for it. */
static int hand_over(struct files *files, struct sn_simulate_data *data)
{
	data->recording = calloc(files->n + 1u, sizeof(*data->recording));
	if (!data->recording) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < files->n; i++) {
		struct file *f = &files->v[i];

		data->bad_lines += f->report.bad;
		if (!f->store) {
			data->failed++;
			continue;
		}
		data->bytes += sn_recording_bytes(f->store);
		data->instances += f->store->instances;
		data->recording[data->n++] =
			(struct sn_fleet_recording){.name = f->name, .store = f->store};
		f->store = NULL;
		f->name = NULL;
	}
	return SN_OK;
}

int sn_simulate_load(const struct sn_simulate_options *opt, struct sn_simulate_data *data)
{
	struct files files = {0};
	int rc = SN_OK;

	for (uint32_t i = 0; i < opt->data.n && !rc; i++) {
		rc = add_data(&files, opt->data.v[i]);
	}
	if (!rc) {
		drop_doubles(&files);
		load_all(&files, opt);
		rc = hand_over(&files, data);
		malloc_trim(0); /* parsing needs several times what the stores take */
	}
	if (!rc && data->n == 0) {
		fprintf(stderr, "sonde simulate: --data: %s%s: %s\n", opt->data.v[0],
			opt->data.n > 1 ? " and others" : "",
			files.n ? "none of the recordings can be used"
				: "no recording there (expected .snmprec, .snmpwalk, .sapwalk, "
				  ".dump or .MVC, with or without .gz or .bz2)");
		rc = SN_EINVAL;
	}
	if (rc == SN_ENOMEM) {
		sn_log(SN_LOG_ERROR, "recordings: out of memory");
	}
	free_files(&files);
	return rc;
}

void sn_simulate_unload(struct sn_simulate_data *data)
{
	for (uint32_t i = 0; i < data->n; i++) {
		free((char *)(uintptr_t)data->recording[i].name);
		sn_store_free((struct sn_store *)(uintptr_t)data->recording[i].store);
	}
	free(data->recording);
	memset(data, 0, sizeof(*data));
}
