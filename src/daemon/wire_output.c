/*
 * Outputs of a collector: schemas are numbered, sinks opened, pumps begun, what is wrong with one
 * is said. Called by wire.c on the main thread before there are workers.
 */
#include "daemon/parts.h"

#include "base/log.h"
#include "formats/avro_schema.h"
#include "registry/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int sn_wire_failed(const char *what, int rc)
{
	sn_log(SN_LOG_ERROR, "%s: %s", what, rc == SN_ESYS ? strerror(errno) : sn_err_text(rc));
	return rc;
}

/* False when the program was started without a standard output. */
static bool stdout_is_open(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static struct sn_sink *open_kafka(const struct sn_config_output *out)
{
	const struct sn_kafka_config cfg = {.brokers = out->brokers,
					    .topic = out->topic,
					    .status_topic = out->status_topic,
					    .content_type = out->encoder->content_type,
					    .properties = out->properties,
					    .nproperties = out->nproperties};
	char why[SN_KAFKA_WHY_MAX] = "no memory";
	struct sn_sink *sink = NULL;

	if (sn_sink_kafka_new(&cfg, &sink, why)) {
		sn_log(SN_LOG_ERROR, "output kafka %s: %s", out->topic, why);
		return NULL;
	}
	return sink;
}

static struct sn_sink *open_sink(const struct sn_config_output *out)
{
	struct sn_sink *sink = NULL;

	if (strcmp(out->type, "kafka") == 0) {
		return open_kafka(out);
	}

	if (strcmp(out->type, "stdout") == 0) {
		if (stdout_is_open()) {
			return sn_sink_stdout_new(STDOUT_FILENO);
		}
		sn_log(SN_LOG_ERROR, "output stdout: not open for writing");
		return NULL;
	}
	if (sn_sink_file_new(out->path, &sink)) {
		sn_log(SN_LOG_ERROR, "output file %s: cannot be opened: %s", out->path,
		       strerror(errno));
		return NULL;
	}
	return sink;
}

/* A pump did not start. errno is that of the failed call with SN_ESYS and SN_EPERM. */
static int say_failed(const struct sn_config_output *out, int rc)
{
	if (rc == SN_EEXIST) {
		sn_log(SN_LOG_ERROR, "output kafka %s: the spool %s is used by another process",
		       out->topic, out->spool.path);
		return rc;
	}
	if (rc == SN_EPERM) {
		sn_log(SN_LOG_ERROR, "output kafka %s: the spool %s cannot be used: %s", out->topic,
		       out->spool.path, strerror(errno));
		return rc;
	}
	return sn_wire_failed("cannot start an output", rc);
}

enum { SUBJECT_MAX = 320 }; /* octets of a topic's name and what follows it, NUL included */

/* A schema that is to be numbered. */
struct wanted {
	const char *topic;	   /* whose */
	const char *record;	   /* its full name */
	const char *text;	   /* itself */
	uint32_t *id;		   /* where the number goes */
	char subject[SUBJECT_MAX]; /* what it is registered as */
};

/* What is not known yet: into v, returns how many. */
static unsigned list_schemas(const struct sn_config_output *out, struct sn_encoder_options *options,
			     struct wanted v[2])
{
	unsigned n = 0;

	if (out->rows && !options->schema_id) {
		v[n++] = (struct wanted){.topic = out->topic,
					 .record = "sonde.SnmpTable",
					 .text = sn_avro_schema_table,
					 .id = &options->schema_id};
	}
	if (out->rounds && !options->round_schema_id) {
		v[n++] =
			(struct wanted){.topic = out->status_topic ? out->status_topic : out->topic,
					.record = "sonde.SnmpRound",
					.text = sn_avro_schema_round,
					.id = &options->round_schema_id};
	}
	return n;
}

/*
 * The subject by the usual strategy of serializers (TopicNameStrategy), or where rows and round
 * records share a topic by that for several types in one (TopicRecordNameStrategy).
 */
static void name_subject(const struct sn_config_output *out, struct wanted *w)
{
	bool shared = out->rows && out->rounds &&
		      (!out->status_topic || strcmp(out->status_topic, out->topic) == 0);

	if (shared) {
		snprintf(w->subject, sizeof(w->subject), "%s-%s", w->topic, w->record);
	} else {
		snprintf(w->subject, sizeof(w->subject), "%s-value", w->topic);
	}
}

/* Completes options by the registry: without its numbers nothing could be written that somebody
 * could read. Waits as long as the configuration says. SN_EIO: logged; SN_ENOMEM. */
static int number_schemas(const struct sn_config_output *out, struct sn_encoder_options *options)
{
	struct wanted wanted[2];
	struct sn_registry_schema v[2] = {0};
	unsigned n = 0;
	int rc;

	if (out->registry && strcmp(out->encoder->name, "avro") == 0) {
		n = list_schemas(out, options, wanted);
	}
	if (n == 0) {
		return SN_OK;
	}
	for (unsigned i = 0; i < n; i++) {
		name_subject(out, &wanted[i]);
		v[i].subject = wanted[i].subject;
		v[i].text = wanted[i].text;
	}
	rc = sn_registry_register(out->registry, v, n, NULL);
	for (unsigned i = 0; i < n; i++) {
		*wanted[i].id = v[i].id;
		if (rc == SN_OK) {
			sn_log(SN_LOG_INFO, "output kafka %s: schema %s is number %u", out->topic,
			       v[i].subject, (unsigned)v[i].id);
		} else if (v[i].why[0]) {
			sn_log(SN_LOG_ERROR,
			       "output kafka %s: the schema registry gives no number for %s: %s",
			       out->topic, v[i].subject, v[i].why);
		}
	}
	return rc == SN_ENOMEM ? sn_wire_failed("cannot start an output", rc) : rc;
}

int sn_wire_open_outputs(struct sn_daemon *d, unsigned nworkers)
{
	d->pumps = calloc(d->cfg->noutputs, sizeof(*d->pumps));
	d->final = calloc(d->cfg->noutputs, sizeof(*d->final));
	if (!d->pumps || !d->final) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < d->cfg->noutputs; i++) {
		const struct sn_config_output *out = &d->cfg->outputs[i];
		struct sn_pump_config pc = {.encoder = out->encoder,
					    .options = out->options,
					    .buffer_bytes = out->buffer_bytes,
					    .message_bytes = out->message_bytes,
					    .status_topic = out->status_topic != NULL,
					    .filter = out->filter,
					    .spool = out->spool,
					    .rounds = out->rounds,
					    .rows = out->rows};
		int rc = number_schemas(out, &pc.options);

		if (rc) {
			return rc;
		}
		pc.sink = open_sink(out);
		if (!pc.sink) {
			return SN_EIO;
		}
		pc.spool.drain = d->opt->once;
		if (out->spool_dir && mkdir(out->spool_dir, 0750) && errno != EEXIST) {
			/* the spool, which is to be in it, says what is wrong */
			sn_log(SN_LOG_WARNING, "spool.dir: %s cannot be made: %s", out->spool_dir,
			       strerror(errno));
		}
		rc = sn_pump_start(&pc, nworkers, &d->pumps[d->npumps]);
		if (rc) {
			say_failed(out, rc);
			pc.sink->ops->free(pc.sink);
			return rc;
		}
		d->npumps++;
	}
	return SN_OK;
}
