/*
 * Prints what our codec reads from datagrams, for comparison with other decoders (tests/interop).
 * Standard input: (u32 big-endian length, octets)... Standard output, tab-separated:
 *
 *   error    number, reason                              no v1 or v2c message, or not valid
 *   message  number, version, community (hex), PDU type, request-id, error-status, error-index,
 * varbinds trap     enterprise, agent-addr, generic-trap, specific-trap, time-stamp        after a
 * v1 trap's message varbind  name, type, value after its message
 *
 * Octets are hexadecimal, addresses and OIDs dotted. Exit status 1 for input that is cut.
 */
#include "msg/community.h"
#include "support/print.h"

#include <stdio.h>
#include <stdlib.h>

static void print_trap(const struct sn_pdu_trap_v1 *trap)
{
	printf("trap\t");
	print_oid(trap->enterprise);
	printf("\t");
	print_address(trap->agent_addr);
	printf("\t%d\t%d\t%u\n", trap->generic, trap->specific, trap->timestamp);
}

static void print_datagram(unsigned long number, struct sn_span in)
{
	struct sn_message m;
	struct sn_cursor cur;
	struct sn_varbind vb;
	int rc = sn_community_read(in, &m);
	int n = rc ? rc : sn_pdu_check(&m.pdu);

	if (n < 0) {
		printf("error\t%lu\t%s\n", number, sn_err_text(n));
		return;
	}
	printf("message\t%lu\t%d\t", number, m.version);
	print_hex(m.community);
	printf("\t%s\t%d\t%d\t%d\t%d\n", sn_pdu_type_name(m.pdu.type), m.pdu.request_id,
	       m.pdu.status, m.pdu.index, n);
	if (m.pdu.type == SN_PDU_TRAP_V1) {
		print_trap(&m.pdu.trap);
	}
	cur = sn_cursor_make(m.pdu.vbs);
	while (sn_varbind_next(&cur, &vb)) {
		struct sn_value v;

		if (sn_value_read(vb.tag, vb.value, &v)) {
			abort(); /* sn_pdu_check has read it before */
		}
		printf("varbind\t");
		print_oid(vb.name);
		printf("\t%s\t", sn_value_type_name(v.tag));
		print_value(&v);
		printf("\n");
	}
}

int main(void)
{
	uint8_t head[4];
	unsigned long number = 0;

	while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
		size_t n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
			   head[3];
		uint8_t *octets = malloc(n ? n : 1); /* exact size: asan sees a read too far */

		if (!octets || fread(octets, 1, n, stdin) != n) {
			free(octets);
			fprintf(stderr, "decode_dump: datagram %lu is cut\n", number);
			return EXIT_FAILURE;
		}
		print_datagram(number++, sn_span_make(octets, n));
		free(octets);
	}
	return EXIT_SUCCESS;
}
