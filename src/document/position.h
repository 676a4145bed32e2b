/*
 * Places in a text and its bytes, for messages about errors that name one and lack the other.
 * Called by yaml.c, once an error. Main thread.
 */
#ifndef SN_DOCUMENT_POSITION_H
#define SN_DOCUMENT_POSITION_H

#include "base/span.h"
#include "document/diag.h"

/* Line and column of the byte at an offset, in the file of that name. */
struct sn_place sn_position_of(const char *file, struct sn_span text, size_t offset);

/* The first byte of the character at a place; 0: none is there. */
uint8_t sn_position_byte(struct sn_span text, struct sn_place at);

#endif
