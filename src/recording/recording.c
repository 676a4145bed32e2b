/*
 * Loading of recordings: the file and its compression, the lines, the reports about bad ones. What
 * a line means is in recording_lines.c and recording_walk.c, what becomes of it in
 * recording_store.c. Called on the main thread at start and reload.
 */
#include "recording/recording_int.h"
#include "recording/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE = 1 << 30 }; /* octets of a recording, uncompressed */

/* Decompression by suffix. */
static const struct {
	const char *suffix;
	int (*unpack)(struct sn_span in, size_t max, uint8_t **out, size_t *n);
} packings[] = {{".gz", sn_gzip_unpack}, {".bz2", sn_bzip2_unpack}};

enum { PACKINGS = sizeof(packings) / sizeof(packings[0]) };

static const struct {
	const char *suffix;
	enum sn_recording_format format;
	void (*read)(struct sn_recording_reader *r);
} formats[] = {
	{".snmprec", SN_RECORDING_SNMPREC, sn_recording_read_snmprec},
	{".snmpwalk", SN_RECORDING_SNMPWALK, sn_recording_read_snmpwalk},
	{".sapwalk", SN_RECORDING_SAPWALK, sn_recording_read_sapwalk},
	{".dump", SN_RECORDING_DUMP, sn_recording_read_dump},
	{".MVC", SN_RECORDING_DUMP, sn_recording_read_dump},
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

static bool ends_with(const char *path, size_t n, const char *suffix)
{
	size_t k = strlen(suffix);

	return n > k && memcmp(path + n - k, suffix, k) == 0;
}

/* Which packing a name means, PACKINGS: none. *n becomes its length without. */
static size_t packing_of(const char *path, size_t *n)
{
	*n = strlen(path);
	for (size_t i = 0; i < PACKINGS; i++) {
		if (ends_with(path, *n, packings[i].suffix)) {
			*n -= strlen(packings[i].suffix);
			return i;
		}
	}
	return PACKINGS;
}

int sn_recording_format(const char *path, enum sn_recording_format *format)
{
	size_t n;

	(void)packing_of(path, &n);
	for (size_t i = 0; i < FORMATS; i++) {
		if (ends_with(path, n, formats[i].suffix)) {
			*format = formats[i].format;
			return SN_OK;
		}
	}
	return SN_ENOENT;
}

bool sn_recording_line(struct sn_recording_reader *r, struct sn_span *line)
{
	const uint8_t *end;

	if (r->rest.n == 0) {
		return false;
	}
	end = memchr(r->rest.p, '\n', r->rest.n);
	*line = sn_span_make(r->rest.p, end ? (size_t)(end - r->rest.p) : r->rest.n);
	r->rest = sn_span_from(r->rest, line->n + (end ? 1 : 0));
	r->line++;
	r->result->lines++;
	return true;
}

const char *sn_recording_quote(struct sn_span s, struct sn_recording_quote *q)
{
	size_t n = s.n < sizeof(q->text) - 4 ? s.n : sizeof(q->text) - 4;

	for (size_t i = 0; i < n; i++) {
		q->text[i] = (char)(s.p[i] >= ' ' && s.p[i] < 0x7f ? s.p[i] : '?');
	}
	memcpy(q->text + n, n < s.n ? "..." : "", n < s.n ? 4 : 1);
	return q->text;
}

void sn_recording_bad(struct sn_recording_reader *r, const char *format, ...)
{
	char text[512];
	char line[4096 + sizeof(text)];
	va_list args;

	if (r->result->bad++ >= SN_RECORDING_MAX_REPORTS || !r->report) {
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(line, sizeof(line), "%.4000s:%u: %s", r->name, r->line, text);
	r->report(r->ctx, line);
}

/* One line of the whole file. */
static void tell(const char *name, sn_recording_report_fn *report, void *ctx, const char *what)
{
	char line[4096 + 128];

	if (report) {
		snprintf(line, sizeof(line), "%.4000s: %s", name, what);
		report(ctx, line);
	}
}

int sn_recording_parse(const char *name, enum sn_recording_format format, struct sn_span data,
		       sn_recording_report_fn *report, void *ctx,
		       struct sn_recording_report *result, struct sn_store **st)
{
	const uint8_t *end = data.n ? memchr(data.p, '\n', data.n) : NULL;
	struct sn_recording_reader r = {
		.name = name, .report = report, .ctx = ctx, .result = result, .rest = data};
	int rc;

	*result = (struct sn_recording_report){0};
	r.crlf = end && end > data.p && end[-1] == '\r';
	for (size_t i = 0; i < FORMATS; i++) {
		if (formats[i].format == format) {
			formats[i].read(&r);
			break;
		}
	}
	if (result->bad > SN_RECORDING_MAX_REPORTS) {
		char text[64];

		snprintf(text, sizeof(text), "%u more lines left out",
			 result->bad - SN_RECORDING_MAX_REPORTS);
		tell(name, report, ctx, text);
	}
	rc = sn_recording_finish(&r, st);
	free(r.data.p);
	free(r.starts.p);
	free(r.value.p);
	return rc;
}

/* A whole file, *data malloc'd. SN_ESYS, SN_EIO: too large, SN_ENOMEM. */
static int read_file(const char *path, uint8_t **data, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	ssize_t got = 1;
	int error;
	int rc = SN_OK;

	*data = NULL;
	*n = 0;
	if (fd < 0) {
		return SN_ESYS;
	}
	if (fstat(fd, &info)) {
		rc = SN_ESYS;
	} else if (!S_ISREG(info.st_mode) || info.st_size > MAX_FILE) {
		errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
		rc = S_ISREG(info.st_mode) ? SN_EIO : SN_ESYS;
	} else {
		*data = malloc((size_t)info.st_size + 1);
		rc = *data ? SN_OK : SN_ENOMEM;
	}
	while (rc == SN_OK && *n < (size_t)info.st_size && got) {
		got = read(fd, *data + *n, (size_t)info.st_size - *n);
		if (got > 0) {
			*n += (size_t)got;
		} else if (got < 0 && errno != EINTR) {
			rc = SN_ESYS;
		}
	}
	error = errno;
	close(fd);
	if (rc) {
		free(*data);
		*data = NULL;
	}
	errno = error;
	return rc;
}

/* Replaces *data by what it unpacks to. */
static int unpack_file(size_t packing, uint8_t **data, size_t *n)
{
	uint8_t *packed = *data;
	int rc = packings[packing].unpack(sn_span_make(packed, *n), MAX_FILE, data, n);

	free(packed);
	if (rc) {
		*data = NULL;
	}
	return rc;
}

int sn_recording_load(const char *path, sn_recording_report_fn *report, void *ctx,
		      struct sn_recording_report *result, struct sn_store **st)
{
	enum sn_recording_format format;
	uint8_t *data;
	size_t n;
	size_t unused;
	size_t packing = packing_of(path, &unused);
	int rc;

	*st = NULL;
	*result = (struct sn_recording_report){0};
	if (sn_recording_format(path, &format)) {
		tell(path, report, ctx,
		     "no recording, expected a name that ends in .snmprec, .snmpwalk, .sapwalk, "
		     ".dump or .MVC, then .gz or .bz2");
		return SN_ENOENT;
	}
	rc = read_file(path, &data, &n);
	if (rc == SN_ESYS) {
		int error = errno;

		tell(path, report, ctx, strerror(error));
		errno = error;
		return rc;
	}
	if (rc == SN_OK && packing < PACKINGS) {
		rc = unpack_file(packing, &data, &n);
	}
	if (rc == SN_EIO) {
		tell(path, report, ctx, "damaged, cut, or larger than 1 GiB");
	}
	if (rc == SN_OK) {
		rc = sn_recording_parse(path, format, sn_span_make(data, n), report, ctx, result,
					st);
		free(data);
	}
	return rc;
}
