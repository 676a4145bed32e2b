/*
 * What a producer has to say: delivery reports, errors, statistics, messages; see kafka_parts.h. On
 * the pump's thread.
 */
#include "base/clock.h"
#include "base/log.h"
#include "kafka/kafka_parts.h"
#include "output/port.h"

#include <stdio.h>

#include <librdkafka/rdkafka.h>

enum {
	EVENTS = 1000,	/* served at a time */
	LEVEL_DEBUG = 7 /* of librdkafka's messages, as syslog's */
};

static const uint64_t failing_time = 10 * SN_NS_PER_SEC; /* after a loss all is not well yet */
static const uint64_t told_every = 10 * SN_NS_PER_SEC;	 /* errors of single brokers */

static void delivered(struct sn_kafka *k, struct sn_output_message *m)
{
	struct sn_pump *pump = k->base.pump;

	if (pump->trouble_since && !k->failed &&
	    (!k->lost_at || sn_clock_mono() - k->lost_at >= failing_time)) {
		sn_pump_trouble_over(pump);
		k->error[0] = '\0';
	}
	k->pause = 0;
	sn_message_settle(m, SN_LOSS_NONE);
}

static void on_reports(struct sn_kafka *k, rd_kafka_event_t *event)
{
	const rd_kafka_message_t *report;

	while ((report = rd_kafka_event_message_next(event))) {
		struct sn_output_message *m = report->_private;
		rd_kafka_resp_err_t err = report->err;

		k->under_way--;
		m->sent = false;
		if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			delivered(k, m);
		} else if (k->failed || sn_kafka_has_failed(k, sn_clock_mono())) {
			sn_kafka_keep(k, m);
		} else {
			sn_kafka_lose(k, m, err);
		}
	}
}

/* An error of one broker is no failure of the output: others may do; it is kept as the cause for
 * when none does. */
static void on_error(struct sn_kafka *k, rd_kafka_event_t *event)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(event);
	const char *text = rd_kafka_event_error_string(event);
	uint64_t now = sn_clock_mono();
	const char *where = k->base.pump->spooler ? "the spool" : "memory";
	char why[2 * SN_KAFKA_WHY_MAX];

	if (sn_kafka_has_failed(k, now)) {
		return;
	}
	switch (err) {
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
		snprintf(why, sizeof(why), "no broker can be reached, rows wait in %s (%s)", where,
			 k->error[0] ? k->error : text);
		sn_pump_trouble(k->base.pump, SN_EIO, why);
		break;
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
		snprintf(why, sizeof(why), "not let in by a broker, rows wait in %s (%s)", where,
			 text);
		sn_pump_trouble(k->base.pump, SN_EIO, why);
		break;
	default:
		snprintf(k->error, sizeof(k->error), "%s", text);
		if (!k->base.pump->trouble_since &&
		    (!k->told_at || now - k->told_at >= told_every)) {
			sn_log(SN_LOG_WARNING, "output %s: %s", k->base.label, text);
			k->told_at = now;
		}
		break;
	}
}

static void on_stats(struct sn_kafka *k, rd_kafka_event_t *event)
{
	const char *json = rd_kafka_event_stats(event);
	uint64_t v[SN_KAFKA_FIGURES] = {0};

	if (sn_kafka_stats_read(sn_span_str(json), v)) {
		return;
	}
	sn_kafka_stats_follow(v, k->before, k->latest);
	for (unsigned i = SN_KAFKA_QUEUE_MESSAGES; i < SN_KAFKA_FIGURES; i++) {
		enum sn_kafka_figure id = (enum sn_kafka_figure)i;
		uint64_t before = sn_kafka_figure_grows(id) ? k->before[i] : 0;

		sn_kafka_figure_set(k, id, k->latest[i] + before);
	}
}

/* What the property `debug` asks for, and warnings of properties; the rest comes as errors. */
static void on_log(const struct sn_kafka *k, rd_kafka_event_t *event)
{
	const char *facility;
	const char *text;
	int level;

	if (rd_kafka_event_log(event, &facility, &text, &level) == 0 &&
	    (level == LEVEL_DEBUG || strcmp(facility, "CONFWARN") == 0)) {
		sn_log(level == LEVEL_DEBUG ? SN_LOG_INFO : SN_LOG_WARNING, "output %s: %s: %s",
		       k->base.label, facility, text);
	}
}

static void serve(struct sn_kafka *k, rd_kafka_event_t *event)
{
	switch (rd_kafka_event_type(event)) {
	case RD_KAFKA_EVENT_DR:
		on_reports(k, event);
		break;
	case RD_KAFKA_EVENT_ERROR:
		on_error(k, event);
		break;
	case RD_KAFKA_EVENT_STATS:
		on_stats(k, event);
		break;
	case RD_KAFKA_EVENT_LOG:
		on_log(k, event);
		break;
	default:
		break;
	}
}

bool sn_kafka_events_serve(struct sn_kafka *k, int wait_ms)
{
	rd_kafka_event_t *event;
	unsigned n = 0;

	while (n < EVENTS && (event = rd_kafka_queue_poll(k->queue, n ? 0 : wait_ms))) {
		serve(k, event);
		rd_kafka_event_destroy(event);
		n++;
	}
	return n > 0;
}
