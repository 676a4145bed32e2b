/*
 * gzip by ISA-L, the only file that knows it, at its level 1: the cheapest that still makes a
 * scrape ten times smaller. A third to a fifth of the CPU of libdeflate and zlib at theirs
 * (figures: docs/HTTP.md), and a scrape's CPU is what counts here. Called by http_reply.c on the
 * thread that replies.
 */
#include "observe/http_pack.h"

#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct sn_http_packer {
	struct isal_zstream z;		      /* ISA-L's */
	uint8_t level[ISAL_DEF_LVL1_DEFAULT]; /* its tables for that level */
};

bool sn_http_pack_fits(const char *content_type)
{
	static const char *const types[] = {"application/json", "application/openmetrics-text"};
	size_t n = strcspn(content_type, "; ");

	if (strncmp(content_type, "text/", strlen("text/")) == 0) {
		return true;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (n == strlen(types[i]) && memcmp(content_type, types[i], n) == 0) {
			return true;
		}
	}
	return false;
}

struct sn_http_packer *sn_http_packer_new(void)
{
	return malloc(sizeof(struct sn_http_packer));
}

void sn_http_packer_free(struct sn_http_packer *pk)
{
	free(pk);
}

/* Begins with the n octets at body, all of what there is. */
static void begin(struct sn_http_packer *pk, const void *body, size_t n)
{
	isal_deflate_init(&pk->z);
	pk->z.level = 1;
	pk->z.level_buf = pk->level;
	pk->z.level_buf_size = sizeof(pk->level);
	pk->z.gzip_flag = IGZIP_GZIP;
	pk->z.end_of_stream = 1;
	pk->z.flush = NO_FLUSH;
	pk->z.next_in = (uint8_t *)(uintptr_t)body; /* it is only read */
	pk->z.avail_in = (uint32_t)n;
	pk->z.avail_out = 0;
}

/* More room for the packed octets, of which there are z.total_out at *out. */
static int make_room(struct sn_http_packer *pk, uint8_t **out, size_t *cap)
{
	size_t size = *cap * 2;
	uint8_t *p = realloc(*out, size);

	if (!p) {
		return SN_ENOMEM;
	}
	pk->z.next_out = p + pk->z.total_out;
	pk->z.avail_out = (uint32_t)(size - pk->z.total_out);
	*out = p;
	*cap = size;
	return SN_OK;
}

/* Packs to the end, or until it is clear that it does not get smaller. */
static int run(struct sn_http_packer *pk, size_t n, uint8_t **out)
{
	size_t cap = n / 16 + 256; /* doubled at once; series get ten times smaller */

	while (pk->z.total_out < n) {
		int rc = make_room(pk, out, &cap);

		if (rc) {
			return rc;
		}
		if (isal_deflate(&pk->z) != COMP_OK) {
			return SN_EINVAL;
		}
		if (pk->z.internal_state.state == ZSTATE_END) {
			return pk->z.total_out < n ? SN_OK : SN_EINVAL;
		}
	}
	return SN_EINVAL;
}

int sn_http_pack(struct sn_http_packer *pk, const void *body, size_t n, void **out, size_t *out_n)
{
	uint8_t *packed = NULL;
	void *fit;
	int rc;

	if (n >= UINT32_MAX / 2) {
		return SN_EINVAL;
	}
	begin(pk, body, n);
	rc = run(pk, n, &packed);
	if (rc) {
		free(packed);
		return rc;
	}
	/* it may wait long for a slow client */
	fit = realloc(packed, pk->z.total_out);
	*out = fit ? fit : packed;
	*out_n = pk->z.total_out;
	return SN_OK;
}
