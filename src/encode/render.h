/*
 * What a cell or an index label reads as, the same in every text format: classification by kind and
 * wire type, scaling, and all renderings that need no escaping. Called by encoders on workers'
 * threads; pure.
 */
#ifndef SN_ENCODE_RENDER_H
#define SN_ENCODE_RENDER_H

#include "encode/text.h"
#include "record/block.h"
#include "record/index.h"

/* How a value is to be written. */
enum sn_form {
	SN_FORM_NONE,  /* not at all: octets where a number is meant */
	SN_FORM_INT,   /* signed whole number, v->i */
	SN_FORM_UINT,  /* unsigned whole number, v->u */
	SN_FORM_FLOAT, /* single precision, v->d */
	SN_FORM_REAL,  /* double precision, v->d */
	SN_FORM_PLAIN, /* text by sn_render_plain, printable ASCII without quote, backslash, space,
			  comma, = */
	SN_FORM_OCTETS /* text that is v->bytes and must be escaped */
};

/* Writes text of unknown content so that the format at hand can read it back. */
typedef void sn_render_escape(struct sn_text *t, const uint8_t *s, size_t n);

/* A row's index taken apart. */
struct sn_render_index {
	uint32_t narcs;				  /* arcs that are there */
	bool whole;				  /* the labels take exactly these */
	uint32_t arc[SN_INDEX_ARCS];		  /* narcs of them */
	struct sn_index_part part[SN_INDEX_ARCS]; /* per index label: its arcs */
};

/*
 * How v is written as a value of col. Scale and offset are applied: v becomes a double then (not
 * for enumerations, whose numbers are names).
 */
enum sn_form sn_render_form(const struct sn_column *col, struct sn_value *v);

/*
 * Text of v under kind: decimal, dotted OID, dotted quad, hex, AA:BB:.. Octets of SN_KIND_TEXT and
 * of the numeric kinds are written as hex, and addresses that do not have the size of their kind.
 */
void sn_render_plain(struct sn_text *t, enum sn_kind kind, const struct sn_value *v);

/* v as the text of a label: as sn_render_plain, with names of enumerations, escaped text, and
 * addresses filled up or cut to their size, as snmp_exporter does. */
void sn_render_label(struct sn_text *t, sn_render_escape *escape, const struct sn_column *col,
		     const struct sn_value *v);

/* Takes the index of row apart for the index labels of schema. */
void sn_render_split(const struct sn_schema *schema, const struct sn_row *row,
		     struct sn_render_index *ix);

/* Text of index label number i. */
void sn_render_index_label(struct sn_text *t, sn_render_escape *escape,
			   const struct sn_schema *schema, const struct sn_render_index *ix,
			   uint32_t i);

/* All arcs, dotted. */
void sn_render_dotted(struct sn_text *t, const uint32_t *arcs, size_t n);

#endif
