/*
 * Counters of one worker: one table, from which the names, the help texts, the summary and
 * docs/METRICS.md are made (CONVENTIONS 17). Written by one thread with relaxed stores, read by any
 * with relaxed loads.
 */
#ifndef SN_BASE_COUNTER_H
#define SN_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

/* X(id, metric name, help) */
#define SN_COUNTER_TABLE(X)                                                                        \
	X(ROUNDS_STARTED, "rounds_started_total", "Poll rounds begun")                             \
	X(ROUNDS_OK, "rounds_ok_total", "Poll rounds that got every answer")                       \
	X(ROUNDS_PARTIAL, "rounds_partial_total", "Poll rounds that got some answers")             \
	X(ROUNDS_FAILED, "rounds_failed_total", "Poll rounds that got no answer")                  \
	X(ROUNDS_CANCELLED, "rounds_cancelled_total", "Poll rounds cut by shutdown or removal")    \
	X(ROUNDS_SKIPPED, "rounds_skipped_total", "Intervals left out, the last round still ran")  \
	X(REQUESTS, "requests_total", "Request messages sent, retransmissions not counted")        \
	X(RETRIES, "retries_total", "Retransmissions sent")                                        \
	X(RETRIES_SPURIOUS, "retries_spurious_total",                                              \
	  "Retransmissions that were not needed: the answer to an earlier attempt came")           \
	X(REQUESTS_DELAYED, "requests_delayed_total",                                              \
	  "Requests and retransmissions that had to wait for a rate limit")                        \
	X(TIMEOUTS, "timeouts_total", "Requests given up after the last attempt")                  \
	X(RESPONSES, "responses_total", "Answers taken, each by the request it belongs to")        \
	X(VARBINDS, "varbinds_total", "Variable bindings received in taken answers")               \
	X(ROWS, "rows_total", "Rows handed to the outputs")                                        \
	X(RESETS, "resets_total", "Rows or rounds marked as reset")                                \
	X(RX_BYTES, "rx_bytes_total", "Octets of datagrams received")                              \
	X(TX_BYTES, "tx_bytes_total", "Octets of datagrams sent")                                  \
	X(RX_PARSE_ERRORS, "rx_parse_errors_total",                                                \
	  "Datagrams that are no SNMP message (snmpInASNParseErrs)")                               \
	X(RX_BAD_VERSION, "rx_bad_version_total",                                                  \
	  "Answers of another version (snmpInBadVersions)")                                        \
	X(RX_UNMATCHED, "rx_unmatched_total",                                                      \
	  "Answers to no outstanding request: late, doubled or forged")                            \
	X(RX_WRONG_SOURCE, "rx_wrong_source_total", "Answers from another address than asked")     \
	X(RX_WRONG_COMMUNITY, "rx_wrong_community_total",                                          \
	  "Answers with another community (snmpInBadCommunityNames)")                              \
	X(RX_NOT_RESPONSE, "rx_not_response_total", "Messages that are not a Response-PDU")        \
	X(RX_UNKNOWN_SECURITY_MODEL, "rx_unknown_security_models_total",                           \
	  "Messages of another security model than USM (snmpUnknownSecurityModels)")               \
	X(RX_INVALID_MSG, "rx_invalid_msgs_total",                                                 \
	  "Messages with msgFlags that contradict themselves (snmpInvalidMsgs)")                   \
	X(RX_UNSUPPORTED_LEVEL, "rx_unsupported_security_levels_total",                            \
	  "Answers at another level than asked (usmStatsUnsupportedSecLevels)")                    \
	X(RX_NOT_IN_TIME_WINDOW, "rx_not_in_time_windows_total",                                   \
	  "Authentic answers outside the time window (usmStatsNotInTimeWindows)")                  \
	X(RX_UNKNOWN_USER, "rx_unknown_user_names_total",                                          \
	  "Answers under another user name (usmStatsUnknownUserNames)")                            \
	X(RX_UNKNOWN_ENGINE, "rx_unknown_engine_ids_total",                                        \
	  "Answers of another engine than asked (usmStatsUnknownEngineIDs)")                       \
	X(RX_WRONG_DIGEST, "rx_wrong_digests_total",                                               \
	  "Answers with a wrong MAC (usmStatsWrongDigests)")                                       \
	X(RX_DECRYPTION_ERROR, "rx_decryption_errors_total",                                       \
	  "Answers that do not decrypt (usmStatsDecryptionErrors)")                                \
	X(RX_WRONG_CONTEXT, "rx_wrong_contexts_total", "Answers of another context than asked")    \
	X(REPORT_UNSUPPORTED_LEVEL, "report_unsupported_security_levels_total",                    \
	  "Reports: the agent refuses the security level (usmStatsUnsupportedSecLevels)")          \
	X(REPORT_NOT_IN_TIME_WINDOW, "report_not_in_time_windows_total",                           \
	  "Reports: our notion of the agent's clock is wrong (usmStatsNotInTimeWindows)")          \
	X(REPORT_UNKNOWN_USER, "report_unknown_user_names_total",                                  \
	  "Reports: the agent does not know the user (usmStatsUnknownUserNames)")                  \
	X(REPORT_UNKNOWN_ENGINE, "report_unknown_engine_ids_total",                                \
	  "Reports: an agent names its engine ID, at discovery too (usmStatsUnknownEngineIDs)")    \
	X(REPORT_WRONG_DIGEST, "report_wrong_digests_total",                                       \
	  "Reports: wrong password or authentication protocol (usmStatsWrongDigests)")             \
	X(REPORT_DECRYPTION_ERROR, "report_decryption_errors_total",                               \
	  "Reports: wrong privacy password or protocol (usmStatsDecryptionErrors)")                \
	X(REPORT_OTHER, "report_other_total", "Reports: anything else, such as the context")       \
	X(DISCOVERIES, "discoveries_total", "Discovery messages sent (RFC 3414 section 4)")        \
	X(RESYNCS, "resyncs_total",                                                                \
	  "Requests sealed and sent again after a Report; no retransmission is used up")           \
	X(ENGINE_CHANGES, "engine_changes_total", "Devices found with another engine ID")          \
	X(REFUSED, "refused_total",                                                                \
	  "Requests refused by a Report, or by silence behind a discovery that was answered")      \
	X(ROUNDS_HELD, "rounds_held_total",                                                        \
	  "Intervals left out, the agent refused the credentials before")                          \
	X(RX_TRUNCATED, "rx_truncated_total", "Datagrams longer than the receive buffer")          \
	X(RX_SOCKET_DROPS, "rx_socket_drops_total", "Datagrams the kernel dropped at our sockets") \
	X(GOVERNOR_CUTS, "governor_cuts_total",                                                    \
	  "Times fewer requests were allowed under way, for drops at our sockets")                 \
	X(GOVERNOR_LIMIT, "governor_limit", "Answers that the workers may await at present")       \
	X(IN_FLIGHT, "in_flight", "Requests under way at present")                                 \
	X(TX_ERRORS, "tx_errors_total", "Datagrams the kernel refused to send")                    \
	X(TX_BUSY, "tx_busy_total", "Times the kernel's send queue was full")                      \
	X(AGENT_TOO_BIG, "agent_too_big_total", "Answers with error-status tooBig")                \
	X(AGENT_ERRORS, "agent_errors_total", "Answers with any other error-status")               \
	X(WALK_NOT_INCREASING, "walk_not_increasing_total",                                        \
	  "Columns stopped: OID did not increase")                                                 \
	X(COURSES_LAID, "courses_laid_total",                                                      \
	  "Learned walks, new or in place of one that did not fit any more")                       \
	X(COURSES_LEFT, "courses_left_total",                                                      \
	  "Requests of a learned walk that were given up for a plain one")                         \
	X(WALK_LIMITED, "walk_limited_total", "Columns stopped at the row limit")                  \
	X(VALUES_BAD, "values_bad_total", "Values left out: wrong type or undecodable")            \
	X(ROWS_DROPPED, "rows_dropped_total", "Rows lost because the outputs' buffers were full")  \
	X(ROUNDS_DROPPED, "round_records_dropped_total",                                           \
	  "Round records lost, outputs' buffers full")                                             \
	X(AGENT_GETS, "agent_gets_total", "Get requests that came in (snmpInGetRequests)")         \
	X(AGENT_GETNEXTS, "agent_getnexts_total",                                                  \
	  "GetNext requests that came in (snmpInGetNexts)")                                        \
	X(AGENT_GETBULKS, "agent_getbulks_total", "GetBulk requests that came in")                 \
	X(AGENT_SETS, "agent_sets_total", "Set requests that came in (snmpInSetRequests)")         \
	X(AGENT_OTHERS, "agent_others_total", "Other PDUs that came in, not answered")             \
	X(AGENT_RESPONSES, "agent_responses_total", "Answers given (snmpOutGetResponses)")         \
	X(AGENT_REPORTS, "agent_reports_total", "Reports given")                                   \
	X(AGENT_VARBINDS, "agent_varbinds_total", "Variable bindings in answers given")            \
	X(AGENT_BAD_COMMUNITY, "agent_bad_communities_total",                                      \
	  "Requests with a community that no device has (snmpInBadCommunityNames)")                \
	X(AGENT_NOBODY, "agent_nobody_total", "Requests to addresses at which no device is")       \
	X(AGENT_SILENT_DROPS, "agent_silent_drops_total",                                          \
	  "Requests that could not be answered, not even by tooBig (snmpSilentDrops)")             \
	X(AGENT_OVERLOAD, "agent_overload_total",                                                  \
	  "Answers lost because too many waited for their time to leave")                          \
	X(AGENT_FAULTS, "agent_faults_total",                                                      \
	  "Answers that were dropped, doubled, held or spoiled on purpose")                        \
	X(KEYS_UNLOCKED, "keys_unlocked_total",                                                    \
	  "Blocks of key memory of engines that RLIMIT_MEMLOCK did not allow to be locked")        \
	X(LOOPS, "loops_total", "Turns of the worker's loop")

enum sn_counter {
#define SN_COUNTER_ENUM(id, name, help) SN_C_##id,
	SN_COUNTER_TABLE(SN_COUNTER_ENUM)
#undef SN_COUNTER_ENUM
		SN_COUNTER_COUNT
};

struct sn_counters {
	_Atomic uint64_t v[SN_COUNTER_COUNT]; /* indexed by enum sn_counter */
};

/* Owner thread only: a plain load and store, no locked instruction. */
static inline void sn_counter_add(struct sn_counters *c, enum sn_counter id, uint64_t n)
{
	uint64_t v = atomic_load_explicit(&c->v[id], memory_order_relaxed);

	atomic_store_explicit(&c->v[id], v + n, memory_order_relaxed);
}

/* Any thread. */
static inline uint64_t sn_counter_get(const struct sn_counters *c, enum sn_counter id)
{
	return atomic_load_explicit(&c->v[id], memory_order_relaxed);
}

const char *sn_counter_name(enum sn_counter id);
const char *sn_counter_help(enum sn_counter id);

#endif
