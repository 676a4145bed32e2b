/*
 * Error codes of the whole project: one table, negative values, 0 is success and positive results
 * are counts. Every layer uses it; the texts come from the same table (CONVENTIONS 8 and 17).
 */
#ifndef SN_BASE_ERR_H
#define SN_BASE_ERR_H

#define SN_MUST_USE __attribute__((warn_unused_result))
#define SN_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* X(name, value, text) */
#define SN_ERR_TABLE(X)                                                                            \
	X(OK, 0, "success")                                                                        \
	X(ENOMEM, -1, "out of memory")                                                             \
	X(EINVAL, -2, "invalid argument")                                                          \
	X(ETRUNC, -3, "input ends too early")                                                      \
	X(ELENGTH, -4, "length field not acceptable")                                              \
	X(ETAG, -5, "unexpected tag")                                                              \
	X(ERANGE, -6, "value out of range")                                                        \
	X(EOID, -7, "malformed object identifier")                                                 \
	X(EVERSION, -8, "unsupported message version")                                             \
	X(ESPACE, -9, "output buffer too small")                                                   \
	X(ENOENT, -10, "not found")                                                                \
	X(EEXIST, -11, "already exists")                                                           \
	X(EFULL, -12, "no free slot")                                                              \
	X(EAGAIN, -13, "try again later")                                                          \
	X(EUNREACH, -14, "network refused the datagram")                                           \
	X(EMSGSIZE, -15, "datagram too large")                                                     \
	X(EPERM, -16, "not permitted")                                                             \
	X(ENOSYS, -17, "not available on this system")                                             \
	X(EIO, -18, "input/output error")                                                          \
	X(EPIPE, -19, "output closed by its reader")                                               \
	X(ENOSPC, -20, "no space left on device")                                                  \
	X(ECONFIG, -21, "configuration error")                                                     \
	X(ETIMEDOUT, -22, "no answer in time")                                                     \
	X(ECANCELED, -23, "cancelled")                                                             \
	X(ESTATUS, -24, "agent answered with an error status")                                     \
	X(ESYS, -25, "system call failed")                                                         \
	X(EDIGEST, -26, "wrong digest: password or authentication protocol is not the agent's")    \
	X(EUSER, -27, "unknown user name")                                                         \
	X(ELEVEL, -28, "unsupported security level")                                               \
	X(EDECRYPT, -29, "decryption error: password or privacy protocol is not the agent's")      \
	X(ETIMEWINDOW, -30, "not in the time window")                                              \
	X(EENGINE, -31, "unknown engine ID")                                                       \
	X(ECONTEXT, -32, "unknown or unavailable context")                                         \
	X(EREPORT, -33, "refused with a Report")                                                   \
	X(EIGNORED, -34,                                                                           \
	  "discovery is answered, requests are not: privacy password, context, access?")

enum sn_err {
#define SN_ERR_ENUM(name, value, text) SN_##name = (value),
	SN_ERR_TABLE(SN_ERR_ENUM)
#undef SN_ERR_ENUM
};

/* The text of a code, never NULL; a static string, any thread. */
const char *sn_err_text(int err);

#endif
