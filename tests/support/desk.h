/*
 * A dispatcher over a small store of known content, for the tests of agent/dispatch.h: requests are
 * asked and answers looked at in words. There is one in a process.
 */
#ifndef TEST_SUPPORT_DESK_H
#define TEST_SUPPORT_DESK_H

#include "agent/dispatch.h"

enum { DESK_ROWS = 12, DESK_ROOM = 4096, DESK_SHOWN = 8192 };

struct desk {
	struct sn_dispatch d;	   /* over the store, writable, room for DESK_ROOM octets */
	struct sn_overlay overlay; /* of d; to be ended by the test that sets anything */
	struct sn_pdu answer;	   /* to the last request */
	uint8_t buf[DESK_ROOM];	   /* of d */
	char words[DESK_SHOWN];	   /* the answer */
};

/* The desk, as new, for requests of this version. */
struct desk *desk_open(int32_t version);

/* The name of a row of the store, BER content. */
struct sn_span desk_name(size_t row);

/* An OID as BER content, on the heap. */
struct sn_span desk_oid(const char *text);

/* Varbinds out of words: "1.3.1=" is NULL, "1.3.1=5" INTEGER, "1.3.1=ctr" Counter32 1, anything
 * else OCTET STRING. */
struct sn_span desk_varbinds(const char *const *list, size_t n);

/* n varbinds of one name, NULL each; valid until the next call. */
struct sn_span desk_many(const char *name, unsigned n);

/* A request of these varbinds. */
struct sn_pdu desk_request(uint8_t type, struct sn_span vbs);

/* Asks, and returns the answer in words: "status index oid=value oid=...". */
const char *desk_ask(struct desk *k, const struct sn_pdu *rq);

#define DESK_LIST(...) ((const char *const[]){__VA_ARGS__})
#define DESK_VARBINDS(...)                                                                         \
	desk_varbinds(DESK_LIST(__VA_ARGS__), sizeof(DESK_LIST(__VA_ARGS__)) / sizeof(char *))

/* The answer in words to a request for the varbinds in words. */
#define DESK_EXPECT(k, type, expected, ...)                                                        \
	do {                                                                                       \
		struct sn_pdu rq_ = desk_request(type, DESK_VARBINDS(__VA_ARGS__));                \
		ck_assert_str_eq(desk_ask(k, &rq_), expected);                                     \
	} while (0)

/* The same for GETBULK. */
#define DESK_EXPECT_BULK(k, nonrep, maxrep, expected, ...)                                         \
	do {                                                                                       \
		struct sn_pdu rq_ = desk_request(SN_PDU_GETBULK, DESK_VARBINDS(__VA_ARGS__));      \
		rq_.status = (nonrep);                                                             \
		rq_.index = (maxrep);                                                              \
		ck_assert_str_eq(desk_ask(k, &rq_), expected);                                     \
	} while (0)

#endif
