/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_COUNTERS_H
#define TRIPLANE_COUNTERS_H

#include "packet.h"

/** Packets and bytes. Written by the datapath's thread only, read by others. */
struct counter {
	uint64_t packets;
	uint64_t bytes;
};

/** The counters of the contract (R-CNT-1 … R-CNT-5), and the rules' default action behind the last rule. */
struct counters {
	struct counter rx_port[TP_PORTS];
	struct counter tx_port[TP_PORTS];
	struct counter reason[TP_REASONS];
	struct counter acl[TP_ACL_RULES_SW];
	struct counter acl_default;
	struct counter next_hop[TP_NEXT_HOPS_SW];
};

/** A counter's place in the flat numbering of counters_next(). */
#define COUNTER_KEY(group, index) ((uint32_t)(group) << 16 | (index))

/** Set every counter to 0 (R-CNT-6). Only the datapath's thread may call it. */
void counters_reset(struct counters *counters);

/** Count one packet that has its outcome (R-CNT-1 … R-CNT-5). */
void counters_add(struct counters *counters, const struct packet *packet);

/**
 * Find the first counter that is not 0, from a key on. Any thread may call it.
 *
 * @param key
 *   In: COUNTER_KEY to start at. Out: the key of the counter found.
 * @param value
 *   Out: its packets and bytes.
 * @return
 *   True when there is one.
 */
bool counters_next(const struct counters *counters, uint32_t *key, struct counter *value);

#endif
