/*
 * Report-PDUs (RFC 3412 §7.1, RFC 3414 §3.2): which counter a Report carries, what that means to
 * who asked, and how one is written. One table. Pure functions.
 */
#ifndef SN_USM_REPORT_H
#define SN_USM_REPORT_H

#include "codec/pdu.h"

/*
 * X(id, object, error code for the request, arcs below 1.3.6.1.6.3). usmStats is 15.1.1, the
 * statistics of SNMP-MPD-MIB are 11.2.1, those of SNMP-TARGET-MIB 12.1; instance 0.
 */
#define SN_REPORT_TABLE(X)                                                                         \
	X(UNSUPPORTED_SEC_LEVELS, "usmStatsUnsupportedSecLevels", SN_ELEVEL, 15, 1, 1, 1)          \
	X(NOT_IN_TIME_WINDOWS, "usmStatsNotInTimeWindows", SN_ETIMEWINDOW, 15, 1, 1, 2)            \
	X(UNKNOWN_USER_NAMES, "usmStatsUnknownUserNames", SN_EUSER, 15, 1, 1, 3)                   \
	X(UNKNOWN_ENGINE_IDS, "usmStatsUnknownEngineIDs", SN_EENGINE, 15, 1, 1, 4)                 \
	X(WRONG_DIGESTS, "usmStatsWrongDigests", SN_EDIGEST, 15, 1, 1, 5)                          \
	X(DECRYPTION_ERRORS, "usmStatsDecryptionErrors", SN_EDECRYPT, 15, 1, 1, 6)                 \
	X(UNKNOWN_SECURITY_MODELS, "snmpUnknownSecurityModels", SN_EREPORT, 11, 2, 1, 1)           \
	X(INVALID_MSGS, "snmpInvalidMsgs", SN_EREPORT, 11, 2, 1, 2)                                \
	X(UNKNOWN_PDU_HANDLERS, "snmpUnknownPDUHandlers", SN_EREPORT, 11, 2, 1, 3)                 \
	X(UNAVAILABLE_CONTEXTS, "snmpUnavailableContexts", SN_ECONTEXT, 12, 1, 4)                  \
	X(UNKNOWN_CONTEXTS, "snmpUnknownContexts", SN_ECONTEXT, 12, 1, 5)

enum sn_report {
#define SN_REPORT_ENUM(id, object, err, ...) SN_REPORT_##id,
	SN_REPORT_TABLE(SN_REPORT_ENUM)
#undef SN_REPORT_ENUM
		SN_REPORT_OTHER, /* an object that is none of these */
	SN_REPORT_COUNT
};

/* What a Report-PDU says: its first varbind decides. SN_REPORT_OTHER also when there is none. */
enum sn_report sn_report_read(const struct sn_pdu *pdu);

/* "usmStatsWrongDigests", ...; "another object". A static string. */
const char *sn_report_name(enum sn_report report);

/* The code with which a request ends that was refused so: SN_EDIGEST, ... SN_EREPORT. */
int sn_report_err(enum sn_report report);

/*
 * The VarBindList content of a Report: the object's instance 0 with the counter's value, written
 * below w->p. report is not OTHER. Errors stick to the writer.
 */
void sn_report_write_vbs(struct sn_writer *w, enum sn_report report, uint32_t value);

#endif
