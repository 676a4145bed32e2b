/*
 * The metrics of /metrics beside the counters of the workers (base/counter.h): one table, from
 * which the page and docs/METRICS.md are made (CONVENTIONS 17).
 */
#ifndef SN_SERVE_FAMILIES_H
#define SN_SERVE_FAMILIES_H

/* X(id, name, labels, help). Names end in _total for counters; H_ begins the id of a histogram. */
#define SN_FAMILY_TABLE(X)                                                                         \
	X(BUILD, "sonde_build_info", "version", "Always 1; what runs is in the label")             \
	X(READY, "sonde_ready", "",                                                                \
	  "1 once all workers have taken up their first targets, else 0")                          \
	X(WORKERS, "sonde_workers", "", "Workers, a thread each")                                  \
	X(SNAPSHOT, "sonde_config_snapshot", "",                                                   \
	  "Number of the configuration in force, counted up by each load that succeeds")           \
	X(RELOAD_OK, "sonde_config_last_reload_successful", "",                                    \
	  "1 when the last load of the configuration succeeded, else 0")                           \
	X(RELOAD_AT, "sonde_config_last_reload_success_timestamp_seconds", "",                     \
	  "When the configuration in force was loaded")                                            \
	X(TARGETS, "sonde_targets", "state", "Targets by what their last round came to")           \
	X(WORKER_TARGETS, "sonde_worker_targets", "worker", "Targets of each worker")              \
	X(SURVEY_AT, "sonde_targets_survey_timestamp_seconds", "",                                 \
	  "When sonde_targets, sonde_worker_targets and sonde_top_* were made, which is not "      \
	  "more often than every 10 seconds")                                                      \
	X(TOP_DURATION, "sonde_top_round_duration_seconds", "instance, module",                    \
	  "Last round of the ten targets with data whose last rounds took longest")                \
	X(TOP_RETRIES, "sonde_top_round_retries", "instance, module",                              \
	  "Retransmissions in the last round of the ten targets with most of them")                \
	X(TOP_DEAD, "sonde_top_dead_seconds", "instance, module",                                  \
	  "Time since data came last, or since the first round if none ever came, of the ten "     \
	  "targets without data that have been so longest")                                        \
	X(H_LATENESS, "sonde_round_lateness_seconds", "",                                          \
	  "How long after their time rounds began")                                                \
	X(H_DURATION, "sonde_round_duration_seconds", "",                                          \
	  "How long rounds took that got an answer")                                               \
	X(MODULE_ROUNDS, "sonde_module_rounds_total", "module, result",                            \
	  "Rounds over by their modules as round records name them, and result: ok, partial, "     \
	  "failed or cancelled")                                                                   \
	X(MODULE_ROWS, "sonde_module_rows_total", "module", "Rows of these rounds")                \
	X(MODULE_PARTIAL, "sonde_module_rows_partial_total", "module",                             \
	  "Of these, rows that lack something")                                                    \
	X(MODULE_VARBINDS, "sonde_module_varbinds_total", "module",                                \
	  "Variable bindings received in these rounds")                                            \
	X(MODULE_REQUESTS, "sonde_module_requests_total", "module",                                \
	  "Requests of these rounds, retransmissions not counted")                                 \
	X(MODULE_RETRIES, "sonde_module_retries_total", "module",                                  \
	  "Retransmissions in these rounds")                                                       \
	X(MODULE_TIMEOUTS, "sonde_module_timeouts_total", "module",                                \
	  "Requests of these rounds that were given up without an answer")                         \
	X(MODULE_ERRORS, "sonde_module_agent_errors_total", "module",                              \
	  "Names and columns that these rounds lost to an error-status")                           \
	X(MODULE_DURATION, "sonde_module_round_duration_seconds_total", "module",                  \
	  "Durations of these rounds added up")                                                    \
	X(OUTPUT_UP, "sonde_output_up", "output, sink",                                            \
	  "1 while the output takes what it is given, 0 while its writes fail")                    \
	X(OUTPUT_ROWS, "sonde_output_rows_encoded_total", "output, sink",                          \
	  "Rows that workers encoded for the output")                                              \
	X(OUTPUT_ROWS_DROPPED, "sonde_output_rows_dropped_total", "output, sink",                  \
	  "Rows dropped because the output's buffers were full")                                   \
	X(OUTPUT_ROWS_WRITTEN, "sonde_output_rows_written_total", "output, sink",                  \
	  "Rows that the output has taken")                                                        \
	X(OUTPUT_ROWS_LOST, "sonde_output_rows_lost_total", "output, sink",                        \
	  "Rows given up after errors of the output")                                              \
	X(OUTPUT_ROUNDS, "sonde_output_round_records_encoded_total", "output, sink",               \
	  "Round records that workers encoded for the output")                                     \
	X(OUTPUT_ROUNDS_DROPPED, "sonde_output_round_records_dropped_total", "output, sink",       \
	  "Round records dropped because the output's buffers were full")                          \
	X(OUTPUT_ROUNDS_WRITTEN, "sonde_output_round_records_written_total", "output, sink",       \
	  "Round records that the output has taken")                                               \
	X(OUTPUT_ROUNDS_LOST, "sonde_output_round_records_lost_total", "output, sink",             \
	  "Round records given up after errors of the output")                                     \
	X(OUTPUT_IN_FLIGHT, "sonde_output_rows_in_flight", "output, sink",                         \
	  "Rows encoded that are in memory: not taken, given up or in a spool yet")                \
	X(OUTPUT_LOST, "sonde_output_records_lost_total", "output, sink, reason",                  \
	  "Rows and round records given up by an output of messages, by reason")                   \
	X(OUTPUT_MESSAGES, "sonde_output_messages_written_total", "output, sink",                  \
	  "Messages that an output of messages has delivered")                                     \
	X(OUTPUT_MESSAGES_LOST, "sonde_output_messages_lost_total", "output, sink, reason",        \
	  "Messages given up, by reason")                                                          \
	X(OUTPUT_BYTES, "sonde_output_written_bytes_total", "output, sink",                        \
	  "Bytes that the output has taken")                                                       \
	X(OUTPUT_ERRORS, "sonde_output_write_errors_total", "output, sink",                        \
	  "Writes of the output that failed")                                                      \
	X(SPOOL_WORKING, "sonde_spool_working", "output, sink",                                    \
	  "1 while the disk of the output's spool does what it is asked, else 0; "                 \
	  "this and what follows is of outputs with a spool only")                                 \
	X(SPOOL_BYTES, "sonde_spool_bytes", "output, sink", "Bytes of the spool on the disk")      \
	X(SPOOL_MAX_BYTES, "sonde_spool_max_bytes", "output, sink", "Its limit")                   \
	X(SPOOL_SEGMENTS, "sonde_spool_segments", "output, sink", "Its files")                     \
	X(SPOOL_WAITING, "sonde_spool_messages_waiting", "output, sink",                           \
	  "Messages in the spool that are not delivered yet, those of earlier "                    \
	  "processes too")                                                                         \
	X(SPOOL_ROWS_WAITING, "sonde_spool_rows_waiting", "output, sink",                          \
	  "Rows of this process among them")                                                       \
	X(SPOOL_ROUNDS_WAITING, "sonde_spool_round_records_waiting", "output, sink",               \
	  "Round records of this process among them")                                              \
	X(SPOOL_LAG, "sonde_spool_lag_seconds", "output, sink",                                    \
	  "Age of the oldest message in the spool, 0: there is none")                              \
	X(SPOOL_MESSAGES, "sonde_spool_messages_total", "output, sink",                            \
	  "Messages put into the spool")                                                           \
	X(SPOOL_ROWS, "sonde_spool_rows_total", "output, sink", "Rows put into the spool")         \
	X(SPOOL_ROUNDS, "sonde_spool_round_records_total", "output, sink",                         \
	  "Round records put into the spool")                                                      \
	X(SPOOL_FOUND, "sonde_spool_messages_found_total", "output, sink",                         \
	  "Messages of earlier processes found in the spool at the start")                         \
	X(SPOOL_RECOVERED, "sonde_spool_messages_recovered_total", "output, sink",                 \
	  "Messages of earlier processes delivered")                                               \
	X(SPOOL_REFUSED, "sonde_spool_messages_refused_total", "output, sink",                     \
	  "Messages of earlier processes that the brokers refused for good, too "                  \
	  "large for example")                                                                     \
	X(SPOOL_ROWS_RECOVERED, "sonde_spool_rows_recovered_total", "output, sink",                \
	  "Rows of earlier processes delivered")                                                   \
	X(SPOOL_ROUNDS_RECOVERED, "sonde_spool_round_records_recovered_total", "output, sink",     \
	  "Round records of earlier processes delivered")                                          \
	X(SPOOL_BYPASSED, "sonde_spool_messages_bypassed_total", "output, sink",                   \
	  "With mode always: messages that passed by a spool that did not work")                   \
	X(SPOOL_LOST_MESSAGES, "sonde_spool_messages_lost_total", "output, sink, reason",          \
	  "Messages that the spool lost, those of earlier processes too, by "                      \
	  "reason: full, age, damaged, unwritten")                                                 \
	X(SPOOL_LOST_ROWS, "sonde_spool_rows_lost_total", "output, sink, reason",                  \
	  "Rows in them, as far as that is known")                                                 \
	X(SPOOL_LOST_ROUNDS, "sonde_spool_round_records_lost_total", "output, sink, reason",       \
	  "Round records in them, likewise")                                                       \
	X(SPOOL_COMMITS, "sonde_spool_commits_total", "output, sink",                              \
	  "Groups of messages written to the disk and synced")                                     \
	X(SPOOL_ERRORS, "sonde_spool_disk_errors_total", "output, sink",                           \
	  "Operations of the disk that failed")                                                    \
	X(SPOOL_TORN, "sonde_spool_torn_bytes_total", "output, sink",                              \
	  "Bytes cut off at the start: what a crash left half-written")                            \
	X(SPOOL_FOREIGN, "sonde_spool_foreign_files", "output, sink",                              \
	  "Files in the spool's folder that are none of its and were left alone")                  \
	X(KAFKA_PRODUCERS, "sonde_kafka_producers_total", "output, sink",                          \
	  "Producers made: one, and one more after each failure for good")                         \
	X(KAFKA_REQUEUED, "sonde_kafka_messages_requeued_total", "output, sink",                   \
	  "Messages given to another producer after the one before had failed for good")           \
	X(KAFKA_QUEUE_MESSAGES, "sonde_kafka_queue_messages", "output, sink",                      \
	  "Messages that the producer has, acknowledged ones not counted; this and what "          \
	  "follows is of librdkafka's statistics, every statistics.interval.ms")                   \
	X(KAFKA_QUEUE_BYTES, "sonde_kafka_queue_bytes", "output, sink", "Their bytes")             \
	X(KAFKA_REQUESTS, "sonde_kafka_requests_total", "output, sink",                            \
	  "Requests sent to brokers")                                                              \
	X(KAFKA_SENT_BYTES, "sonde_kafka_sent_bytes_total", "output, sink",                        \
	  "Bytes sent to brokers, after compression")                                              \
	X(KAFKA_MESSAGES, "sonde_kafka_sent_messages_total", "output, sink",                       \
	  "Messages sent to brokers, repetitions counted")                                         \
	X(KAFKA_MESSAGE_BYTES, "sonde_kafka_sent_message_bytes_total", "output, sink",             \
	  "Their bytes before compression")                                                        \
	X(KAFKA_RETRIES, "sonde_kafka_request_retries_total", "output, sink",                      \
	  "Requests sent once more")                                                               \
	X(KAFKA_ERRORS, "sonde_kafka_request_errors_total", "output, sink",                        \
	  "Requests that could not be sent")                                                       \
	X(KAFKA_TIMEOUTS, "sonde_kafka_request_timeouts_total", "output, sink",                    \
	  "Requests without a reply in time")                                                      \
	X(KAFKA_DISCONNECTS, "sonde_kafka_disconnects_total", "output, sink",                      \
	  "Connections to brokers that broke")                                                     \
	X(KAFKA_BROKERS, "sonde_kafka_brokers", "output, sink", "Brokers known")                   \
	X(KAFKA_BROKERS_UP, "sonde_kafka_brokers_up", "output, sink", "Brokers connected")         \
	X(KAFKA_RTT, "sonde_kafka_broker_rtt_seconds", "output, sink",                             \
	  "Mean time of a request and its reply, of the slowest broker")                           \
	X(KAFKA_RTT_P99, "sonde_kafka_broker_rtt_high_seconds", "output, sink",                    \
	  "The 99th percentile of this time")                                                      \
	X(KAFKA_LINGER, "sonde_kafka_queue_seconds", "output, sink",                               \
	  "Mean time of a message in the producer's queue, for the slowest broker")                \
	X(KAFKA_THROTTLE, "sonde_kafka_throttle_seconds", "output, sink",                          \
	  "Longest throttling by a broker")                                                        \
	X(SNMP_REQUESTS, "sonde_snmp_requests_total", "", "Requests for /snmp")                    \
	X(SNMP_REFUSED, "sonde_snmp_requests_refused_total", "",                                   \
	  "Of these, those that were no valid question")                                           \
	X(SNMP_FAILED, "sonde_snmp_requests_failed_total", "",                                     \
	  "Of these, those that brought nothing of the device")                                    \
	X(SNMP_OPEN, "sonde_snmp_requests_in_flight", "", "Requests for /snmp not answered yet")   \
	X(SNMP_DUPLICATES, "sonde_snmp_duplicate_series_total", "",                                \
	  "Series left out of replies to /snmp, since one of the same name and labels was there")  \
	X(HTTP_CONNECTIONS, "sonde_http_connections", "", "Connections of this server open now")   \
	X(HTTP_ACCEPTED, "sonde_http_connections_accepted_total", "",                              \
	  "Connections of this server begun")                                                      \
	X(HTTP_REQUESTS, "sonde_http_requests_total", "", "Requests to this server")               \
	X(HTTP_REPLIES, "sonde_http_replies_total", "code",                                        \
	  "Replies by this server, by the first digit of their status: 2xx to 5xx")                \
	X(HTTP_AUTH, "sonde_http_auth_failures_total", "",                                         \
	  "Requests to this server with a wrong user or password")                                 \
	X(CPU, "process_cpu_seconds_total", "", "User and system CPU time spent in seconds")       \
	X(START, "process_start_time_seconds", "",                                                 \
	  "Start time of the process since the Unix epoch in seconds")                             \
	X(RESIDENT, "process_resident_memory_bytes", "", "Resident memory size in bytes")          \
	X(VIRTUAL, "process_virtual_memory_bytes", "", "Virtual memory size in bytes")             \
	X(OPEN_FDS, "process_open_fds", "", "Number of open file descriptors")                     \
	X(MAX_FDS, "process_max_fds", "", "Maximum number of open file descriptors")               \
	X(THREADS, "process_threads", "", "Number of threads")

enum sn_family {
#define SN_FAMILY_ENUM(id, name, labels, help) SN_FAMILY_##id,
	SN_FAMILY_TABLE(SN_FAMILY_ENUM)
#undef SN_FAMILY_ENUM
		SN_FAMILIES
};

struct sn_family_info {
	const char *name;   /* whole */
	const char *type;   /* "counter", "gauge" or "histogram" */
	const char *labels; /* names, ", " between them */
	const char *help;   /* a sentence without its full stop */
};

/* A row of the table. Any thread. */
struct sn_family_info sn_family_get(enum sn_family id);

#endif
