/*
 * The devices' addresses for who is to ask them: one a line, or as Prometheus' file_sd. Main
 * thread.
 */
#include "daemon/simulate_parts.h"

#include "observe/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A text of JSON, quotes included. What is no UTF-8 stays as it is: file names are octets. */
static void put_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (const char *s = text; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			fprintf(to, "\\%c", c);
		} else if (c < ' ') {
			fprintf(to, "\\u%04x", c);
		} else {
			fputc(c, to);
		}
	}
	fputc('"', to);
}

/* One target group: every step-th device from first on. */
static void put_group(FILE *to, const struct sn_fleet *f, uint32_t first, uint32_t step,
		      const char *recording)
{
	fputs("{\"targets\": [", to);
	for (uint32_t i = first; i < f->devices; i += step) {
		struct sn_addr a = sn_fleet_addr(f, i);
		char text[SN_ADDR_TEXT_MAX];

		fprintf(to, "%s\"%s\"", i == first ? "" : ", ",
			sn_addr_format(&a, text, sizeof(text)));
	}
	fputs("], \"labels\": {", to);
	if (recording) {
		fputs("\"recording\": ", to);
		put_string(to, recording);
	}
	fputs("}}", to);
}

/* Devices of one recording are one group, labelled with it. */
static void put_file_sd(FILE *to, const struct sn_fleet *f)
{
	if (f->synthetic) {
		fputc('[', to);
		put_group(to, f, 0, 1, NULL);
		fputs("]\n", to);
		return;
	}
	for (uint32_t i = 0; i < f->nrecordings && i < f->devices; i++) {
		fputs(i ? ",\n " : "[", to);
		put_group(to, f, i, f->nrecordings, f->recording[i].name);
	}
	fputs("]\n", to);
}

static void put_lines(FILE *to, const struct sn_fleet *f)
{
	for (uint32_t i = 0; i < f->devices; i++) {
		struct sn_addr a = sn_fleet_addr(f, i);
		char text[SN_ADDR_TEXT_MAX];

		fprintf(to, "%s\n", sn_addr_format(&a, text, sizeof(text)));
	}
}

int sn_simulate_print_list(const struct sn_simulation *sim)
{
	if (sim->opt->list == SN_SIMULATE_LIST_FILE_SD) {
		put_file_sd(stdout, &sim->fleet);
	} else {
		put_lines(stdout, &sim->fleet);
	}
	return fflush(stdout) || ferror(stdout) ? SN_EIO : SN_OK;
}

/* Closes what was written under another name and gives it its own. An errno. */
static int put_in_place(FILE *to, const char *temporary, const char *path)
{
	bool failed = ferror(to) || fflush(to);
	int err = failed ? (errno ? errno : EIO) : 0;

	if (fclose(to) && !err) {
		err = errno;
	}
	if (!err && rename(temporary, path)) {
		err = errno;
	}
	if (err) {
		unlink(temporary);
	}
	return err;
}

/* Writes a file in one step: readers see the old one or the new one. SN_EIO: said. */
static int write_file(const struct sn_simulation *sim, const char *option, const char *path,
		      void (*put)(FILE *to, const struct sn_simulation *sim))
{
	char *temporary = NULL;
	FILE *to;
	int err;

	if (asprintf(&temporary, "%s.%d.new", path, (int)getpid()) < 0) {
		fprintf(stderr, "sonde simulate: %s: out of memory\n", option);
		return SN_EIO;
	}
	errno = 0;
	to = fopen(temporary, "wxe");
	err = errno;
	if (to) {
		put(to, sim);
		err = put_in_place(to, temporary, path);
	}
	free(temporary);
	if (err) {
		fprintf(stderr, "sonde simulate: %s: %s: %s\n", option, path, strerror(err));
		return SN_EIO;
	}
	return SN_OK;
}

static void put_targets(FILE *to, const struct sn_simulation *sim)
{
	put_file_sd(to, &sim->fleet);
}

int sn_simulate_write_targets(const struct sn_simulation *sim)
{
	return write_file(sim, "--targets", sim->opt->targets, put_targets);
}

static void put_metrics(FILE *to, const struct sn_simulation *sim)
{
	struct sn_simulate_totals t;
	char *text = malloc(SN_METRICS_MAX);

	if (!text) {
		errno = ENOMEM;
		return;
	}
	sn_simulate_take(sim, &t);
	sn_metrics_write(t.v, text, SN_METRICS_MAX);
	fputs(text, to);
	free(text);
}

int sn_simulate_write_metrics(const struct sn_simulation *sim)
{
	return write_file(sim, "--metrics", sim->opt->metrics, put_metrics);
}
