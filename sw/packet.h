/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_PACKET_H
#define TRIPLANE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "contract.h"

/** One frame on its way through the stages: what parse found and what was decided. */
struct packet {
	struct rte_mbuf *mbuf;
	uint32_t length;	/**< Frame bytes at ingress. */
	uint32_t ip_length;	/**< Bytes of the IP packet: total length, or 40 + payload length. */
	uint16_t acl_rule;	/**< Index, TP_ACL_DEFAULT or TP_ACL_NONE (R-IF-7). */
	uint16_t next_hop;	/**< Index or TP_NEXT_HOP_NONE (R-IF-7). */
	uint16_t vlan;		/**< VID of the outer tag, 0 without one (R-PARSE-10). */
	uint16_t sport;		/**< Only with has_ports. */
	uint16_t dport;
	uint8_t ingress;
	uint8_t egress;		/**< TP_NO_PORT unless forwarded. */
	uint8_t verdict;	/**< TP_VERDICT_CONTINUE: undecided. */
	uint8_t reason;
	uint8_t l3;		/**< Offset of the IP header: 14, 18 or 22. */
	uint8_t tags;		/**< VLAN tags in the frame: 0, 1 or 2. */
	uint8_t family;		/**< 4 or 6. */
	uint8_t proto;
	uint8_t ttl;		/**< TTL or hop limit. */
	uint8_t fragment;	/**< enum tp_fragment. */
	bool has_ports;		/**< R-PARSE-49; with proto TCP also says that tcp_flags exist. */
	uint8_t tcp_flags;
	uint8_t source[16];	/**< Addresses as on the wire; IPv4 in the first 4 bytes. */
	uint8_t destination[16];
};

/** The 16-bit big-endian word at @p bytes, of any alignment. */
static inline uint16_t
load_be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/** The 32-bit big-endian word at @p bytes, of any alignment. */
static inline uint32_t
load_be32(const uint8_t *bytes)
{
	return (uint32_t)load_be16(bytes) << 16 | load_be16(bytes + 2);
}

/** The 64-bit big-endian word at @p bytes, of any alignment. */
static inline uint64_t
load_be64(const uint8_t *bytes)
{
	return (uint64_t)load_be32(bytes) << 32 | load_be32(bytes + 4);
}

/** Store @p value as two big-endian bytes. */
static inline void
store_be16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

/** Decide the packet: drop with @p reason. */
static inline void
packet_drop(struct packet *packet, enum tp_reason reason)
{
	packet->verdict = TP_VERDICT_DROP;
	packet->reason = reason;
}

/** Decide the packet: punt with @p reason. */
static inline void
packet_punt(struct packet *packet, enum tp_reason reason)
{
	packet->verdict = TP_VERDICT_PUNT;
	packet->reason = reason;
}

/** No stage has decided the packet yet. */
static inline bool
packet_undecided(const struct packet *packet)
{
	return packet->verdict == TP_VERDICT_CONTINUE;
}

/** First byte of the frame; only the first segment is contiguous behind it. */
static inline uint8_t *
packet_frame(const struct packet *packet)
{
	return rte_pktmbuf_mtod(packet->mbuf, uint8_t *);
}

#endif
