/*
 * What all rows of a schema have in common where each cell is a point of its own: metrics, the
 * label sets of their points, as a format writes them. Names, kinds and label sets are those of the
 * Prometheus series (series.h). Kept by layouts.h; private to enc_otlp.c and enc_samples.c, on
 * workers' threads.
 */
#ifndef SN_FORMATS_POINTS_H
#define SN_FORMATS_POINTS_H

#include "encode/layouts.h"
#include "encode/series.h"

/* How a format writes what is known beforehand. */
struct sn_points_style {
	/* A label up to its text. */
	void (*key)(struct sn_text *t, struct sn_span name);
	/* A metric up to its points. */
	void (*head)(struct sn_text *t, const struct sn_series_column *c,
		     const struct sn_encoder_options *opt);
	/* What stands before all metrics. */
	void (*top)(struct sn_text *t, const struct sn_schema *schema);
};

/* A label of the points of a row. */
struct sn_points_label {
	struct sn_span key; /* as the style writes it */
	uint32_t ref;	    /* index label or column */
	uint16_t source;    /* enum sn_series_source, no constant */
	bool own_row;	    /* of a look-up: see struct sn_lookup */
};

/* Labels that the points of some metrics have in common. */
struct sn_points_set {
	const struct sn_points_label *labels; /* nlabels, sorted by name */
	uint32_t nlabels;		      /* labels */
	uint32_t points;		      /* that a row has with this set, at most */
};

/* A metric. */
struct sn_points_metric {
	const struct sn_series_column *series; /* its column */
	struct sn_span head;		       /* as the style writes it */
	struct sn_span own;		       /* key of the label that is its own; p NULL: none */
	uint8_t whole; /* mask, 0xff when whole numbers are written as they are */
};

/* All spans have SN_TEXT_SLACK readable octets behind them. */
struct sn_points_plan {
	const struct sn_schema *schema;		/* as in struct sn_layouts_entry */
	const struct sn_points_metric *metrics; /* nmetrics */
	const struct sn_points_set *sets;	/* nsets */
	const uint32_t *texts;	      /* ntexts: numbers of metrics whose own label is a text */
	struct sn_series_plan series; /* of the schema, without an origin */
	struct sn_span top;	      /* as the style writes it */
	size_t heads;		      /* octets of all heads */
	size_t states;	   /* octets of the own labels of a row, without those of texts */
	uint32_t owns;	   /* own labels that a row has at most */
	uint32_t nmetrics; /* metrics */
	uint32_t ntexts;   /* of them */
	uint32_t nsets;	   /* different sets */
};

/* A sn_layouts_make, but for the style. */
int sn_points_make(void *room, size_t size, const struct sn_schema *schema,
		   const struct sn_encoder_options *opt, const struct sn_points_style *style);

/* What a number is that is not written as it is: scaled, meant as real, or real. False: it has no
 * value, since it is no number. */
bool sn_points_read_real(const struct sn_series_column *c, const struct sn_block *blk,
			 const struct sn_row *row, double *d);

/* The text of a label for a row. False: it has none, since nothing was found. */
bool sn_points_has_label(const struct sn_points_label *label, const struct sn_block *blk,
			 const struct sn_row *row, const struct sn_render_index *ix,
			 struct sn_value *v);
void sn_points_put_label(struct sn_text *t, sn_render_escape *escape,
			 const struct sn_points_label *label, const struct sn_block *blk,
			 const struct sn_render_index *ix, const struct sn_value *v);

#endif
