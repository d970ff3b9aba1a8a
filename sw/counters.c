/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <rte_common.h>

#include "counters.h"

void
counters_reset(struct counters *counters)
{
	memset(counters, 0, sizeof(*counters));
}

static void
add(struct counter *counter, uint64_t bytes)
{
	/* One writer: a plain sum, stored whole so that a reader never sees half a number. */
	__atomic_store_n(&counter->packets, counter->packets + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&counter->bytes, counter->bytes + bytes, __ATOMIC_RELAXED);
}

void
counters_add(struct counters *counters, const struct packet *packet)
{
	add(&counters->rx_port[packet->ingress], packet->length);
	if (packet->reason != TP_REASON_NONE)
		add(&counters->reason[packet->reason], packet->length);
	if (packet->acl_rule == TP_ACL_DEFAULT)
		add(&counters->acl_default, packet->length);
	else if (packet->acl_rule != TP_ACL_NONE)
		add(&counters->acl[packet->acl_rule], packet->length);
	if (packet->verdict == TP_VERDICT_FORWARD) {
		const uint32_t rewritten = rte_pktmbuf_pkt_len(packet->mbuf);

		add(&counters->tx_port[packet->egress], rewritten);
		add(&counters->next_hop[packet->next_hop], rewritten);
	}
}

/** First counter of the group that is not 0, from @p index on; @p members when there is none. */
static uint32_t
scan(const struct counter *group, uint32_t index, uint32_t members, struct counter *value)
{
	for (; index < members; index++) {
		value->packets = __atomic_load_n(&group[index].packets, __ATOMIC_RELAXED);
		value->bytes = __atomic_load_n(&group[index].bytes, __ATOMIC_RELAXED);
		if (value->packets != 0)
			break;
	}
	return index;
}

bool
counters_next(const struct counters *counters, uint32_t *key, struct counter *value)
{
	const struct {
		uint32_t first;
		uint32_t members;
		const struct counter *counters;
	} groups[] = {
		{ COUNTER_KEY(TP_COUNTER_RX_PORT, 0), TP_PORTS, counters->rx_port },
		{ COUNTER_KEY(TP_COUNTER_TX_PORT, 0), TP_PORTS, counters->tx_port },
		{ COUNTER_KEY(TP_COUNTER_REASON, 0), TP_REASONS, counters->reason },
		{ COUNTER_KEY(TP_COUNTER_ACL, 0), TP_ACL_RULES_SW, counters->acl },
		{ COUNTER_KEY(TP_COUNTER_ACL, TP_ACL_DEFAULT), 1, &counters->acl_default },
		{ COUNTER_KEY(TP_COUNTER_NEXT_HOP, 0), TP_NEXT_HOPS_SW, counters->next_hop },
	};

	for (unsigned int i = 0; i < RTE_DIM(groups); i++) {
		const uint32_t start = *key > groups[i].first ? *key - groups[i].first : 0;
		uint32_t index;

		if (start >= groups[i].members)
			continue;
		index = scan(groups[i].counters, start, groups[i].members, value);
		if (index < groups[i].members) {
			*key = groups[i].first + index;
			return true;
		}
	}
	return false;
}
