/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_ACL_H
#define TRIPLANE_ACL_H

#include "packet.h"
#include "tables.h"

/**
 * Build the lookup structures of both families from checked entries.
 *
 * @param tables
 *   Gets acl4, acl6, acl_rules and acl_action.
 * @param entries
 *   The rules in the order of their index.
 * @param count
 *   Number of entries, at most TP_ACL_RULES_SW.
 * @return
 *   0, or the negative errno of rte_acl.
 */
int acl_build(struct tables *tables, const struct tp_acl_entry *entries, uint32_t count);

/** Free the lookup structures of both families. */
void acl_free(struct tables *tables);

/**
 * Run the acl stage on the undecided packets of a burst (R-ACL-1 … R-ACL-11).
 *
 * @param packets
 *   The parsed burst.
 * @param count
 *   Packets in the burst, at most DATAPATH_BURST.
 */
void acl(const struct tables *tables, struct packet *packets, unsigned int count);

#endif
