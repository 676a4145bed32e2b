/*
 * Unpacks .gz: the only file that includes zlib. Called by recording.c on the main thread.
 */
#include "recording/unpack.h"

#include <stdlib.h>
#include <zlib.h>

/* Room for more output, up to one octet above max, so that more than max shows. SN_EIO: it is. */
static int make_room(z_stream *z, uint8_t **out, size_t *cap, size_t used, size_t max)
{
	size_t size = *cap * 2 < max ? *cap * 2 : max + 1;
	uint8_t *p;

	if (used > max) {
		return SN_EIO;
	}
	p = realloc(*out, size);
	if (!p) {
		return SN_ENOMEM;
	}
	*out = p;
	*cap = size;
	z->next_out = p + used;
	z->avail_out = (uInt)(size - used);
	return SN_OK;
}

/* Fills *out until the input is used up. */
static int unpack(z_stream *z, struct sn_span in, size_t max, uint8_t **out, size_t *n)
{
	size_t cap = in.n * 4 + 1024 < max ? in.n * 4 + 1024 : max / 2 + 1;
	int rc = make_room(z, out, &cap, 0, max);
	int status = Z_OK;

	z->next_in = (Bytef *)(uintptr_t)in.p; /* zlib only reads it */
	z->avail_in = (uInt)in.n;
	while (rc == SN_OK) {
		status = inflate(z, Z_NO_FLUSH);
		*n = (size_t)(z->next_out - *out);
		if (status == Z_STREAM_END) {
			if (z->avail_in == 0) {
				return *n > max ? SN_EIO : SN_OK;
			}
			status = inflateReset(z); /* another stream follows */
		} else if (z->avail_out == 0 && (status == Z_OK || status == Z_BUF_ERROR)) {
			rc = make_room(z, out, &cap, *n, max);
			continue;
		}
		if (status != Z_OK || (z->avail_in == 0 && z->avail_out)) {
			rc = status == Z_MEM_ERROR ? SN_ENOMEM : SN_EIO;
		}
	}
	return rc;
}

int sn_gzip_unpack(struct sn_span in, size_t max, uint8_t **out, size_t *n)
{
	z_stream z = {0};
	int rc;

	*out = NULL;
	*n = 0;
	if (in.n > UINT32_MAX || max >= UINT32_MAX || inflateInit2(&z, MAX_WBITS + 16) != Z_OK) {
		return in.n > UINT32_MAX || max >= UINT32_MAX ? SN_EIO : SN_ENOMEM;
	}
	rc = unpack(&z, in, max, out, n);
	inflateEnd(&z);
	if (rc) {
		free(*out);
		*out = NULL;
	}
	return rc;
}
