/*
 * Recording a device from options to file, see record.h. Main thread only: one device is walked at
 * the pace of its answers.
 */
#include "daemon/record.h"

#include "codec/oid.h"
#include "daemon/daemon.h"
#include "daemon/load_targets.h"
#include "document/scalar.h"
#include "recorder/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	REPETITIONS = 25,
	ATTEMPTS = 4,
	LINES_MAX = 10 * 1000 * 1000,
	SLOTS = 16,
	LINE_EVERY_MS = 500,
	PATH_ROOM = 4096
};

/* All of one recording. */
struct recording {
	const struct sn_record_options *opt; /* from the command line */
	struct sn_credentials cred;	     /* as whom */
	struct sn_scramble scramble;	     /* if wanted */
	struct sn_record_config cfg;	     /* of the walk */
	struct sn_worker worker;	     /* turned by hand */
	struct sn_record rec;		     /* the walk */
	uint8_t start[SN_OID_MAX_BER];
	uint8_t stop[SN_OID_MAX_BER];
	uint64_t last_line; /* mono ns */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "sonde simulate --record: %.200s: %s\n", what, why);
	return SN_ECONFIG;
}

static void on_over(void *ctx, struct sn_record *rec)
{
	struct recording *r = ctx;

	(void)rec;
	r->worker.stop = true;
}

static int read_oid(const char *option, const char *text, uint8_t *ber, struct sn_span *oid)
{
	int n = sn_oid_from_text(text, ber, SN_OID_MAX_BER);

	if (n < 0) {
		return complain(option, "expected an object identifier in numbers");
	}
	*oid = sn_span_make(ber, (size_t)n);
	return SN_OK;
}

static int read_scramble(struct recording *r)
{
	char key[SN_CREDENTIAL_SECRET_MAX + 1];
	size_t n = 0;
	int rc;

	if (!r->opt->scramble) {
		return SN_OK;
	}
	rc = sn_credentials_secret(r->opt->scramble, "simulate --record", "--scramble", key, &n);
	rc = rc ? rc : sn_scramble_init(&r->scramble, sn_span_make(key, n));
	sn_keys_wipe(key, sizeof(key));
	r->cfg.scramble = &r->scramble;
	return rc;
}

static int read_options(struct recording *r)
{
	const struct sn_record_options *opt = r->opt;
	struct sn_record_config *cfg = &r->cfg;
	int rc;

	*cfg = (struct sn_record_config){.repetitions = REPETITIONS,
					 .attempts = ATTEMPTS,
					 .lines_max = LINES_MAX,
					 .timeout_ns = 2 * SN_NS_PER_SEC,
					 .ctx = r,
					 .over = on_over};
	if (!opt->agent || !opt->output) {
		return complain("--record", "expected an agent, and -o FILE");
	}
	if (opt->timeout &&
	    (sn_scalar_duration(opt->timeout, &cfg->timeout_ns) || cfg->timeout_ns == 0)) {
		return complain("--timeout", "expected a time above 0, such as 2s");
	}
	rc = read_oid("--start", opt->start ? opt->start : "1.3.6", r->start, &cfg->start);
	if (rc == SN_OK && opt->stop) {
		rc = read_oid("--stop", opt->stop, r->stop, &cfg->stop);
	}
	rc = rc ? rc : sn_credentials_make(&r->cred, &opt->cred, "simulate --record");
	rc = rc ? rc : read_scramble(r);
	rc = rc ? rc : sn_load_targets_resolve("simulate --record", opt->agent, &cfg->device.addr);
	cfg->device.version = r->cred.version;
	cfg->device.community = r->cred.community;
	cfg->device.access = r->cred.access;
	cfg->device.window = 1;
	return rc;
}

static void show_progress(struct recording *r)
{
	uint64_t now = sn_clock_mono();

	if (r->opt->quiet || !isatty(STDERR_FILENO) ||
	    now - r->last_line < LINE_EVERY_MS * SN_NS_PER_MS) {
		return;
	}
	r->last_line = now;
	fprintf(stderr, "\r\033[K%" PRIu32 " objects, %" PRIu64 " requests", r->rec.nlines,
		r->rec.requests);
}

/* The walk itself. SN_OK: it ended one way or the other. */
static int walk(struct recording *r)
{
	bool v6 = r->cfg.device.addr.sa.sa_family == AF_INET6;
	struct sn_io_config ic = {.sockets4 = !v6, .sockets6 = v6};
	struct sn_worker_config wc = {.in_flight = SLOTS};
	struct sn_io *io;
	int rc = sn_io_open(&ic, &io, NULL);

	rc = rc ? rc : sn_worker_init(&r->worker, &wc, io);
	if (rc) {
		complain("cannot open a socket", rc == SN_ESYS ? strerror(errno) : sn_err_text(rc));
		return rc;
	}
	r->cfg.device.sock = (int16_t)sn_io_pick_socket(io, v6 ? AF_INET6 : AF_INET, 0);
	sn_record_init(&r->rec, &r->worker, &r->cfg);
	sn_record_begin(&r->rec);
	while (rc == SN_OK && r->rec.running && !interrupted) {
		rc = sn_worker_turn(&r->worker, sn_clock_mono() + 100 * SN_NS_PER_MS);
		show_progress(r);
	}
	if (!r->opt->quiet && isatty(STDERR_FILENO)) {
		fputs("\r\033[K", stderr);
	}
	return rc;
}

static bool write_lines(const struct sn_record *rec, FILE *f)
{
	for (uint32_t i = 0; i < rec->nlines; i++) {
		fprintf(f, "%s\n", rec->lines[i].text);
	}
	return fflush(f) == 0 && !ferror(f);
}

/* A file that is there is whole: written beside its place, then renamed. */
static int write_file(const struct sn_record *rec, const char *path)
{
	char temporary[PATH_ROOM];
	mode_t mask = umask(0);
	bool good;
	FILE *f;
	int fd;

	umask(mask);
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= PATH_ROOM) {
		return complain(path, "name too long");
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		complain(path, strerror(errno));
		return SN_EIO;
	}
	good = write_lines(rec, f) && fchmod(fd, 0666 & ~mask) == 0 && fsync(fd) == 0;
	good = fclose(f) == 0 && good;
	if (!good || rename(temporary, path)) {
		complain(path, strerror(errno));
		unlink(temporary);
		return SN_EIO;
	}
	return SN_OK;
}

static void summarize(const struct sn_record *rec)
{
	fprintf(stderr, "sonde simulate --record: %" PRIu32 " objects, %" PRIu64 " requests",
		rec->nlines, rec->requests);
	if (rec->secrets) {
		fprintf(stderr, "; %" PRIu64 " left out: users, communities, command lines",
			rec->secrets);
	}
	if (rec->bad) {
		fprintf(stderr, "; %" PRIu64 " left out: no value of their type", rec->bad);
	}
	if (rec->errors) {
		fprintf(stderr, "; %" PRIu64 " the device could not say", rec->errors);
	}
	fputc('\n', stderr);
}

static int save(struct recording *r)
{
	struct sn_record *rec = &r->rec;
	const char *path = r->opt->output;
	bool good;

	if (interrupted) {
		complain(path, "interrupted: nothing was written");
		return SN_EXIT_FAILED;
	}
	if (rec->err) {
		complain(r->opt->agent, rec->note);
	}
	if (rec->nlines == 0) {
		complain(path, "no object was read: nothing was written");
		return SN_EXIT_FAILED;
	}
	sn_record_sort(rec);
	good = strcmp(path, "-") == 0 ? write_lines(rec, stdout) : write_file(rec, path) == SN_OK;
	if (good && !r->opt->quiet) {
		summarize(rec);
	}
	return good && rec->err == SN_OK ? SN_EXIT_OK : SN_EXIT_FAILED;
}

int sn_record_run(const struct sn_record_options *opt)
{
	struct recording *r = calloc(1, sizeof(*r));
	struct sigaction sa = {.sa_handler = on_signal};
	int status = SN_EXIT_FAILED;
	int rc;

	if (!r) {
		return status;
	}
	r->opt = opt;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	rc = read_options(r);
	if (rc == SN_OK) {
		rc = walk(r);
		if (rc == SN_OK) {
			status = save(r);
		}
		if (r->rec.session.w) {
			sn_record_fini(&r->rec);
			sn_worker_fini(&r->worker);
		}
	} else if (rc == SN_ECONFIG) {
		status = SN_EXIT_USAGE;
	}
	sn_credentials_fini(&r->cred);
	sn_scramble_fini(&r->scramble);
	free(r);
	return status;
}
