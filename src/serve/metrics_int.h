/*
 * The parts of /metrics among themselves: metrics_page.c is the whole, metrics_worker.c what
 * workers count. Between the two only.
 */
#ifndef SN_SERVE_METRICS_INT_H
#define SN_SERVE_METRICS_INT_H

#include "observe/metrics.h"
#include "serve/families.h"
#include "serve/serve.h"

/* HELP and TYPE; returns the family's name, a static string. */
const char *sn_metrics_begin(FILE *out, enum sn_family id);

/* The counters of base/counter.h that a collector has, by worker. */
void sn_metrics_write_workers(FILE *out, const struct sn_serve_config *cfg);

/* Histograms of rounds over all workers. */
void sn_metrics_write_rounds(FILE *out, const struct sn_serve_config *cfg);

/* Rounds by their modules, over all workers. */
void sn_metrics_write_modules(FILE *out, const struct sn_serve_config *cfg);

/* metrics_output.c: what outputs count. */
void sn_metrics_write_outputs(FILE *out, const struct sn_serve_config *cfg);

#endif
