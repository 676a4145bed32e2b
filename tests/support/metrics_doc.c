/*
 * The page docs/METRICS.md, see metrics_doc.h.
 */
#include "support/metrics_doc.h"

#include "base/counter.h"
#include "collect/status.h"
#include "observe/metrics.h"
#include "serve/families.h"

static const char head[] =
	"<!-- Made from the tables in src/base/counter.h, src/serve/families.h and\n"
	"     src/collect/status.h; the test serve/test_metrics_page compares them and rewrites\n"
	"     this page with SONDE_UPDATE_DOCS=1. -->\n"
	"# Metrics\n"
	"\n"
	"What a running collector tells about itself at `/metrics` (see [HTTP.md](HTTP.md)), in\n"
	"Prometheus' text format. What devices say is not here: it goes to the outputs, or out at\n"
	"`/snmp`.\n"
	"\n"
	"## Process, configuration, targets, outputs\n"
	"\n"
	"The module label is a round's list of modules as round records have it:\n"
	"`if_mib,system`. There are as many as the configuration has such lists; past 1000 of\n"
	"them all others share `(others)`. In histograms a value less than a sixteenth below a\n"
	"bound may be counted in the next bucket. The lists `sonde_top_*` have ten targets\n"
	"each, so they stay small whatever the number of targets; Prometheus keeps their label\n"
	"`instance` with `honor_labels: true`, else it calls it `exported_instance`.\n"
	"\n"
	"| metric | type | labels | meaning |\n"
	"|---|---|---|---|\n";

static const char states[] = "\nStates of targets:\n\n| state | meaning |\n|---|---|\n";

static const char workers[] =
	"\n"
	"## Workers\n"
	"\n"
	"Each worker counts for itself: label `worker`, its number. `sum without (worker) (...)`\n"
	"is the whole; nothing is counted twice. The names in parentheses are those of RFC 3411,\n"
	"3412 and 3414.\n"
	"\n"
	"| metric | type | meaning |\n"
	"|---|---|---|\n";

static const char example[] =
	"\n"
	"## Useful expressions\n"
	"\n"
	"```\n"
	"sum(rate(sonde_varbinds_total[5m]))                            varbinds a second\n"
	"sum(sonde_targets{state=~\"down|refused|unresolved\"})           targets without data\n"
	"histogram_quantile(0.99, rate(sonde_round_lateness_seconds_bucket[5m]))\n"
	"                                                               are rounds on time?\n"
	"sum(rate(sonde_rx_socket_drops_total[5m])) > 0                 receive buffers too small\n"
	"sum(rate(sonde_output_rows_dropped_total[5m])) by (output) > 0 an output is behind\n"
	"1 - sum(rate(sonde_module_rounds_total{result=\"ok\"}[5m])) by (module)\n"
	"  / sum(rate(sonde_module_rounds_total[5m])) by (module)       rounds lacking something\n"
	"sonde_config_last_reload_successful == 0                       a reload was refused\n"
	"```\n";

void metrics_doc_write(FILE *out)
{
	fputs(head, out);
	for (unsigned i = 0; i < SN_FAMILIES; i++) {
		struct sn_family_info f = sn_family_get((enum sn_family)i);

		fprintf(out, "| `%s` | %s | %s | %s. |\n", f.name, f.type, f.labels, f.help);
	}
	fputs(states, out);
	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		fprintf(out, "| %s | %s |\n", sn_target_state_name((enum sn_target_state)i),
			sn_target_state_help((enum sn_target_state)i));
	}
	fputs(workers, out);
	for (unsigned i = 0; i < SN_COUNTER_COUNT; i++) {
		const char *name = sn_counter_name((enum sn_counter)i);

		if (i >= SN_C_AGENT_GETS && i <= SN_C_AGENT_FAULTS) {
			continue; /* simulate's */
		}
		fprintf(out, "| `sonde_%s` | %s | %s. |\n", name, sn_metrics_type(name),
			sn_counter_help((enum sn_counter)i));
	}
	fputs(example, out);
}
