/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "datapath.h"
#include "route.h"

enum {
	ETH_ADDRESSES = 12,
	TAG_BYTES = 4,
	IP4_PROTO_WORD = 8,	/* the word of TTL and protocol */
	IP4_CHECKSUM = 10,
	IP4_BYTES = 20,
	IP6_HOP_LIMIT = 7,
	TCI_PRIORITY = 0xf000,	/* PCP and DEI */
};

/** What happens to the frame's tags: R-ROUTE-10, after "without a tag" has been looked at. */
static uint8_t
tag_operation(const struct next_hop *hop, const struct packet *packet)
{
	if (hop->vlan_op == TP_VLAN_OP_SWAP && packet->tags == 0)
		return TP_VLAN_OP_PUSH;
	if (hop->vlan_op == TP_VLAN_OP_POP && packet->tags == 0)
		return TP_VLAN_OP_KEEP;
	return hop->vlan_op;
}

/**
 * Make the headers that are rewritten contiguous and give room in front of them.
 * Returns false when there is no memory for a copy.
 */
static bool
make_writable(struct packet *packet)
{
	struct rte_mbuf *mbuf = packet->mbuf;
	struct rte_mbuf *copy;

	if (likely(rte_pktmbuf_data_len(mbuf) >= packet->l3 + IP4_BYTES && rte_pktmbuf_headroom(mbuf) >= TAG_BYTES))
		return true;
	copy = rte_pktmbuf_copy(mbuf, mbuf->pool, 0, UINT32_MAX);
	if (copy == NULL)
		return false;
	rte_pktmbuf_free(mbuf);
	packet->mbuf = copy;
	return rte_pktmbuf_data_len(copy) >= packet->l3 + IP4_BYTES;
}

/** R-ROUTE-10. Moves the MAC addresses only; they are written afterwards. Returns the frame's new start. */
static uint8_t *
rewrite_tags(struct packet *packet, const struct next_hop *hop, uint8_t operation)
{
	uint8_t *frame = packet_frame(packet);
	uint16_t priority = packet->tags > 0 ? load_be16(frame + ETH_ADDRESSES + 2) & TCI_PRIORITY : 0;

	switch (operation) {
	case TP_VLAN_OP_PUSH:
		frame = (uint8_t *)rte_pktmbuf_prepend(packet->mbuf, TAG_BYTES);
		store_be16(frame + ETH_ADDRESSES, hop->tpid);
		store_be16(frame + ETH_ADDRESSES + 2, priority | hop->vid);
		packet->l3 += TAG_BYTES;
		break;
	case TP_VLAN_OP_SWAP:
		store_be16(frame + ETH_ADDRESSES + 2, priority | hop->vid);
		break;
	case TP_VLAN_OP_POP:
		frame = (uint8_t *)rte_pktmbuf_adj(packet->mbuf, TAG_BYTES);
		packet->l3 -= TAG_BYTES;
		break;
	default:
		break;
	}
	return frame;
}

/** R-ROUTE-11: TTL minus one and RFC 1624 equation 3. */
static void
decrement_ttl4(uint8_t *ip)
{
	const uint16_t before = load_be16(ip + IP4_PROTO_WORD);
	const uint16_t after = (uint16_t)(before - 0x0100);
	uint32_t sum = (uint16_t)~load_be16(ip + IP4_CHECKSUM);

	sum += (uint16_t)~before;
	sum += after;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	store_be16(ip + IP4_PROTO_WORD, after);
	store_be16(ip + IP4_CHECKSUM, (uint16_t)~sum);
}

/** R-ROUTE-3 … R-ROUTE-13 for a packet whose next hop is known. Returns false when it is lost for lack of memory. */
static bool
route_packet(const struct tables *tables, struct packet *packet)
{
	const struct next_hop *hop = &tables->next_hop[packet->next_hop];
	const uint8_t operation = tag_operation(hop, packet);
	uint8_t *frame;

	if (hop->kind == TP_HOP_KIND_LOCAL) {
		packet_punt(packet, TP_REASON_LOCAL);
		return true;
	}
	if (packet->ttl <= 1) {
		packet_punt(packet, TP_REASON_TTL);
		return true;
	}
	if (packet->ip_length > hop->mtu) {
		packet_punt(packet, TP_REASON_MTU);
		return true;
	}
	if (operation == TP_VLAN_OP_PUSH && packet->tags == TP_VLAN_TAGS_MAX) {
		packet_drop(packet, TP_REASON_VLAN_FULL);
		return true;
	}
	if (operation == TP_VLAN_OP_PUSH && packet->length + TAG_BYTES > TP_FRAME_MAX) {
		packet_drop(packet, TP_REASON_OVERSIZE);
		return true;
	}
	if (!make_writable(packet)) {
		packet_drop(packet, TP_REASON_NONE);
		return false;
	}
	frame = rewrite_tags(packet, hop, operation);
	memcpy(frame, hop->macs, sizeof(hop->macs));
	if (packet->family == 4)
		decrement_ttl4(frame + packet->l3);
	else
		frame[packet->l3 + IP6_HOP_LIMIT]--;
	packet->verdict = TP_VERDICT_FORWARD;
	packet->egress = hop->port;
	return true;
}

/** R-ROUTE-1 for the IPv4 packets in @p chosen. */
static void
lookup4(const struct route_table *table, struct packet **chosen, unsigned int n)
{
	uint32_t addresses[DATAPATH_BURST];
	uint32_t hops[DATAPATH_BURST];

	for (unsigned int i = 0; i < n; i++)
		addresses[i] = load_be32(chosen[i]->destination);
	rte_lpm_lookup_bulk(table->lpm4, addresses, hops, n);
	for (unsigned int i = 0; i < n; i++) {
		if (hops[i] & RTE_LPM_LOOKUP_SUCCESS)
			chosen[i]->next_hop = (uint16_t)hops[i];
		else
			chosen[i]->next_hop = table->default_hop;
	}
}

/** R-ROUTE-1 for the IPv6 packets in @p chosen. */
static void
lookup6(const struct route_table *table, struct packet **chosen, unsigned int n)
{
	uint8_t addresses[DATAPATH_BURST][RTE_LPM6_IPV6_ADDR_SIZE];
	int32_t hops[DATAPATH_BURST];

	for (unsigned int i = 0; i < n; i++)
		memcpy(addresses[i], chosen[i]->destination, sizeof(addresses[i]));
	rte_lpm6_lookup_bulk_func(table->lpm6, addresses, hops, n);
	for (unsigned int i = 0; i < n; i++)
		chosen[i]->next_hop = hops[i] < 0 ? table->default_hop : (uint16_t)hops[i];
}

unsigned int
route(const struct tables *tables, struct packet *packets, unsigned int count)
{
	struct packet *chosen4[DATAPATH_BURST];
	struct packet *chosen6[DATAPATH_BURST];
	unsigned int n4 = 0, n6 = 0, lost = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!packet_undecided(&packets[i]))
			continue;
		if (packets[i].family == 4)
			chosen4[n4++] = &packets[i];
		else
			chosen6[n6++] = &packets[i];
	}
	if (n4 > 0)
		lookup4(&tables->route4, chosen4, n4);
	if (n6 > 0)
		lookup6(&tables->route6, chosen6, n6);
	for (unsigned int i = 0; i < count; i++) {
		if (!packet_undecided(&packets[i]))
			continue;
		if (packets[i].next_hop == TP_NEXT_HOP_NONE)
			packet_drop(&packets[i], TP_REASON_NO_ROUTE);
		else if (!route_packet(tables, &packets[i]))
			lost++;
	}
	return lost;
}
