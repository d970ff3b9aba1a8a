/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_TABLES_H
#define TRIPLANE_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include <rte_acl.h>
#include <rte_lpm.h>
#include <rte_lpm6.h>

#include "contract.h"

/** Longest message of a refused table file; fits a string in a telemetry dictionary. */
#define TABLES_MESSAGE_BYTES 120

/** Second-level tables of each LPM, enough for any prefixes: one per IPv4 prefix, thirteen (/32 … /128) per IPv6 prefix. */
#define TABLES_LPM4_TBL8S TP_ROUTES4_SW
#define TABLES_LPM6_TBL8S (13 * TP_ROUTES6_SW)

/** One installed route, kept to work out what an update changes. */
struct table_route {
	uint8_t prefix[16];	/**< IPv4 in the first 4 bytes. */
	uint8_t length;
	uint16_t next_hop;
	uint32_t index;		/**< Place in the table file. */
};

/** A route table: the library's lookup structure, the default route beside it, and what is in them. */
struct route_table {
	union {
		struct rte_lpm *lpm4;
		struct rte_lpm6 *lpm6;
	};
	uint16_t default_hop;	/**< Next hop of /0, which the libraries do not hold; TP_NEXT_HOP_NONE without one. */
	bool dirty;		/**< A failed change left unknown entries: start from an empty table. */
	uint32_t count;
	struct table_route *routes;	/**< Sorted by prefix and length. */
};

/** The ACL of one address family. */
struct acl_table {
	struct rte_acl_ctx *context;	/**< NULL when no rule can match this family. */
};

/** A next hop as the route stage uses it. */
struct next_hop {
	uint8_t kind;		/**< enum tp_hop_kind. */
	uint8_t port;
	uint8_t vlan_op;	/**< enum tp_vlan_op. */
	uint16_t vid;
	uint16_t tpid;
	uint16_t mtu;
	uint8_t macs[12];	/**< Destination, then source: the frame's first 12 bytes. */
};

/** Everything that the control plane installs, ready for lookups. */
struct tables {
	uint32_t stage_mask;
	uint8_t default_action;	/**< enum tp_action. */
	uint8_t port_mac[TP_PORTS][6];
	struct acl_table acl4;
	struct acl_table acl6;
	uint32_t acl_rules;
	uint8_t acl_action[TP_ACL_RULES_SW];
	struct route_table route4;
	struct route_table route6;
	uint32_t next_hops;
	struct next_hop next_hop[TP_NEXT_HOPS_SW];
};

/**
 * Make empty tables, with their lookup structures allocated.
 *
 * @param bank
 *   A small number that makes the structures' names unique.
 * @return
 *   The tables, NULL when memory is short.
 */
struct tables *tables_create(unsigned int bank);

/**
 * Read a table file, check every field of it, and build the lookup structures (R-TBL-1, R-TBL-2, R-TBL-3, R-TBL-5).
 *
 * The tables must not be in use by the datapath. After a failure they hold nothing usable but can be built again.
 *
 * @param tables
 *   Where to build.
 * @param path
 *   The table file.
 * @param message
 *   On failure: section, index, field and what is wrong.
 * @return
 *   0; -EINVAL for a file that breaks the contract, -ENOSPC for one that does not fit, or the negative errno of reading it.
 */
int tables_build(struct tables *tables, const char *path, char message[TABLES_MESSAGE_BYTES]);

/** Free what only tables in use need (the ACL contexts). The datapath must have let go of them. */
void tables_retire(struct tables *tables);

#endif
