/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "parse.h"

enum {
	ETH_ADDRESSES = 12,
	ETH_BYTES = 14,
	TAG_BYTES = 4,
	IP4_BYTES = 20,
	IP6_BYTES = 40,
	EXT_BYTES = 8,
	TCP_BYTES = 20,
	UDP_BYTES = 8,
	SCTP_BYTES = 12,
	ICMP_BYTES = 8,
	ICMPV6_BYTES = 4,
};

static bool
is_tpid(uint16_t ethertype)
{
	return ethertype == TP_TPID_C || ethertype == TP_TPID_S;
}

/** R-PARSE-6 … R-PARSE-10. Returns the ethertype behind the tags; the packet is decided when a check failed. */
static uint16_t
parse_tags(struct packet *packet, const uint8_t *frame)
{
	uint32_t offset = ETH_ADDRESSES;
	uint16_t ethertype = load_be16(frame + offset);

	while (is_tpid(ethertype)) {
		uint16_t vid;

		if (packet->tags == TP_VLAN_TAGS_MAX) {
			packet_drop(packet, TP_REASON_VLAN_DEPTH);
			return 0;
		}
		if (packet->length - (offset + 2) < TAG_BYTES) {
			packet_drop(packet, TP_REASON_VLAN_TRUNC);
			return 0;
		}
		vid = load_be16(frame + offset + 2) & 0x0fff;
		if (vid == TP_VID_RESERVED) {
			packet_drop(packet, TP_REASON_VLAN_RESERVED);
			return 0;
		}
		if (packet->tags == 0)
			packet->vlan = vid;
		packet->tags++;
		offset += TAG_BYTES;
		ethertype = load_be16(frame + offset);
	}
	packet->l3 = (uint8_t)(offset + 2);
	return ethertype;
}

/** R-PARSE-44 … R-PARSE-49 for the layer 4 header at @p offset with @p payload bytes of the IP packet from there on. */
static void
parse_l4(struct packet *packet, const uint8_t *frame, uint32_t offset, uint32_t payload)
{
	const uint8_t *l4 = frame + offset;
	uint32_t needed;

	if (packet->proto == TP_PROTO_TCP)
		needed = TCP_BYTES;
	else if (packet->proto == TP_PROTO_UDP)
		needed = UDP_BYTES;
	else if (packet->proto == TP_PROTO_SCTP)
		needed = SCTP_BYTES;
	else if (packet->proto == TP_PROTO_ICMP && packet->family == 4)
		needed = ICMP_BYTES;
	else if (packet->proto == TP_PROTO_ICMPV6 && packet->family == 6)
		needed = ICMPV6_BYTES;
	else
		return;

	if (payload < needed) {
		packet_drop(packet, TP_REASON_L4_TRUNC);
		return;
	}
	if (offset + needed > TP_PARSE_WINDOW) {
		packet_drop(packet, TP_REASON_PARSE_DEPTH);
		return;
	}
	if (packet->proto == TP_PROTO_TCP) {
		uint32_t header = (l4[12] >> 4) * 4u;

		if (header < TCP_BYTES || header > payload) {
			packet_drop(packet, TP_REASON_TCP_OFFSET);
			return;
		}
		packet->tcp_flags = l4[13];
	} else if (packet->proto == TP_PROTO_UDP) {
		uint32_t udp_length = load_be16(l4 + 4);

		if (udp_length < UDP_BYTES ||
		    (packet->fragment == TP_FRAGMENT_NONE && udp_length > payload)) {
			packet_drop(packet, TP_REASON_UDP_LENGTH);
			return;
		}
		if (packet->family == 6 && load_be16(l4 + 6) == 0) {
			packet_drop(packet, TP_REASON_UDP6_CSUM);
			return;
		}
	} else if (packet->proto != TP_PROTO_SCTP) {
		return;
	}
	packet->has_ports = true;
	packet->sport = load_be16(l4);
	packet->dport = load_be16(l4 + 2);
}

/** R-PARSE-17: the one's complement sum of the header's words, 0xFFFF for a good header. */
static uint16_t
header_sum(const uint8_t *header, uint32_t bytes)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < bytes; i += 2)
		sum += load_be16(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/** The part of R-PARSE-19 that holds for source and destination alike. */
static bool
is_martian4(uint32_t address)
{
	return address >> 24 == 0 || address >> 24 == 127 || address >> 16 == (169u << 8 | 254u) || address >> 28 == 15;
}

/** R-PARSE-13 … R-PARSE-26. */
static void
parse_ip4(struct packet *packet, const uint8_t *frame)
{
	const uint8_t *ip = frame + packet->l3;
	const uint32_t left = packet->length - packet->l3;
	uint32_t header, source, destination, fragment_offset, payload;

	if (left < IP4_BYTES) {
		packet_drop(packet, TP_REASON_IP4_TRUNC);
		return;
	}
	if (ip[0] >> 4 != 4) {
		packet_drop(packet, TP_REASON_IP_VERSION);
		return;
	}
	header = (ip[0] & 0x0f) * 4u;
	if (header < IP4_BYTES) {
		packet_drop(packet, TP_REASON_IP4_IHL);
		return;
	}
	if (header > left) {
		packet_drop(packet, TP_REASON_IP4_TRUNC);
		return;
	}
	if (header_sum(ip, header) != 0xffff) {
		packet_drop(packet, TP_REASON_IP4_CSUM);
		return;
	}
	packet->ip_length = load_be16(ip + 2);
	if (packet->ip_length < header || packet->ip_length > left) {
		packet_drop(packet, TP_REASON_IP4_LENGTH);
		return;
	}
	memcpy(packet->source, ip + 12, 4);
	memcpy(packet->destination, ip + 16, 4);
	source = load_be32(ip + 12);
	destination = load_be32(ip + 16);
	if (is_martian4(source) || source >> 28 == 14 || is_martian4(destination)) {
		packet_drop(packet, TP_REASON_MARTIAN);
		return;
	}
	if (source == destination) {
		packet_drop(packet, TP_REASON_LAND);
		return;
	}
	if (destination >> 28 == 14) {
		packet_punt(packet, TP_REASON_IP_MULTICAST);
		return;
	}
	fragment_offset = load_be16(ip + 6) & 0x1fff;
	if (fragment_offset != 0)
		packet->fragment = TP_FRAGMENT_LATER;
	else if (ip[6] & 0x20)
		packet->fragment = TP_FRAGMENT_FIRST;
	payload = packet->ip_length - header;
	if (fragment_offset * 8 + payload > 65535) {
		packet_drop(packet, TP_REASON_FRAG_OVERFLOW);
		return;
	}
	packet->ttl = ip[8];
	packet->proto = ip[9];
	if (packet->proto == TP_PROTO_TCP && fragment_offset == 1) {
		packet_drop(packet, TP_REASON_TINY_FRAGMENT);
		return;
	}
	if (packet->fragment != TP_FRAGMENT_LATER)
		parse_l4(packet, frame, packet->l3 + header, payload);
}

/** :: when @p last is 0, ::1 when it is 1. */
static bool
is_low_address6(const uint8_t *address, uint8_t last)
{
	static const uint8_t zero[15];

	return memcmp(address, zero, sizeof(zero)) == 0 && address[15] == last;
}

static bool
is_link_local6(const uint8_t *address)
{
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

static bool
is_extension(uint8_t next_header)
{
	switch (next_header) {
	case TP_PROTO_HOPOPTS:
	case TP_PROTO_ROUTING:
	case TP_PROTO_FRAGMENT:
	case TP_PROTO_AH:
	case TP_PROTO_DSTOPTS:
		return true;
	default:
		return false;
	}
}

/** Bytes of the extension header at @p header (R-PARSE-40). */
static uint32_t
extension_bytes(uint8_t type, const uint8_t *header)
{
	switch (type) {
	case TP_PROTO_FRAGMENT:
		return EXT_BYTES;
	case TP_PROTO_AH:
		return (header[1] + 2u) * 4;
	default:
		return (header[1] + 1u) * 8;
	}
}

/** R-PARSE-35 … R-PARSE-43 and layer 4: walk the extension headers from @p offset on, @p left bytes of payload. */
static void
parse_chain(struct packet *packet, const uint8_t *frame, uint8_t next_header, uint32_t offset, uint32_t left)
{
	bool fragment_seen = false;

	for (uint32_t count = 0; is_extension(next_header); count++) {
		const uint8_t *header = frame + offset;
		const uint8_t type = next_header;
		uint32_t bytes;

		if (count == TP_EXT_MAX) {
			packet_drop(packet, TP_REASON_EXT_DEPTH);
			return;
		}
		if ((type == TP_PROTO_HOPOPTS && count != 0) || (type == TP_PROTO_FRAGMENT && fragment_seen)) {
			packet_drop(packet, TP_REASON_EXT_ORDER);
			return;
		}
		if (left < EXT_BYTES) {
			packet_drop(packet, TP_REASON_EXT_TRUNC);
			return;
		}
		if (offset + EXT_BYTES > TP_PARSE_WINDOW) {
			packet_drop(packet, TP_REASON_PARSE_DEPTH);
			return;
		}
		bytes = extension_bytes(type, header);
		if (bytes > left) {
			packet_drop(packet, TP_REASON_EXT_TRUNC);
			return;
		}
		if (type == TP_PROTO_ROUTING && header[2] == 0 && header[3] != 0) {
			packet_drop(packet, TP_REASON_EXT_ROUTING);
			return;
		}
		next_header = header[0];
		if (type == TP_PROTO_FRAGMENT) {
			fragment_seen = true;
			if (load_be16(header + 2) >> 3 != 0) {
				packet->fragment = TP_FRAGMENT_LATER;
				packet->proto = next_header;
				return;
			}
			if (header[3] & 1)
				packet->fragment = TP_FRAGMENT_FIRST;
		}
		offset += bytes;
		left -= bytes;
	}
	packet->proto = next_header;
	parse_l4(packet, frame, offset, left);
}

/** R-PARSE-27 … R-PARSE-34, then the chain. */
static void
parse_ip6(struct packet *packet, const uint8_t *frame)
{
	const uint8_t *ip = frame + packet->l3;
	const uint8_t *source = ip + 8;
	const uint8_t *destination = ip + 24;
	const uint32_t left = packet->length - packet->l3;

	if (left < IP6_BYTES) {
		packet_drop(packet, TP_REASON_IP6_TRUNC);
		return;
	}
	if (ip[0] >> 4 != 6) {
		packet_drop(packet, TP_REASON_IP_VERSION);
		return;
	}
	packet->ip_length = IP6_BYTES + load_be16(ip + 4);
	if (packet->ip_length > left) {
		packet_drop(packet, TP_REASON_IP6_LENGTH);
		return;
	}
	memcpy(packet->source, source, 16);
	memcpy(packet->destination, destination, 16);
	if (is_low_address6(source, 0) || is_low_address6(source, 1) || source[0] == 0xff ||
	    is_low_address6(destination, 0) || is_low_address6(destination, 1)) {
		packet_drop(packet, TP_REASON_MARTIAN);
		return;
	}
	if (memcmp(source, destination, 16) == 0) {
		packet_drop(packet, TP_REASON_LAND);
		return;
	}
	if (destination[0] == 0xff) {
		packet_punt(packet, TP_REASON_IP_MULTICAST);
		return;
	}
	if (is_link_local6(source) || is_link_local6(destination)) {
		packet_punt(packet, TP_REASON_LINK_LOCAL);
		return;
	}
	packet->ttl = ip[7];
	parse_chain(packet, frame, ip[6], packet->l3 + IP6_BYTES, packet->ip_length - IP6_BYTES);
}

void
parse(struct packet *packet, const struct tables *tables)
{
	const uint8_t *frame = packet_frame(packet);
	uint8_t window[TP_PARSE_WINDOW];
	uint16_t ethertype;

	if (packet->length < TP_FRAME_MIN) {
		packet_drop(packet, TP_REASON_RUNT);
		return;
	}
	if (packet->length > TP_FRAME_MAX) {
		packet_drop(packet, TP_REASON_OVERSIZE);
		return;
	}
	if (packet->mbuf->data_len < TP_PARSE_WINDOW && packet->mbuf->nb_segs > 1)
		frame = rte_pktmbuf_read(packet->mbuf, 0, RTE_MIN(packet->length, TP_PARSE_WINDOW), window);

	if (frame[6] & 1) {
		packet_drop(packet, TP_REASON_SRC_MAC);
		return;
	}
	if (frame[0] & 1) {
		packet_punt(packet, TP_REASON_L2_MULTICAST);
		return;
	}
	if (memcmp(frame, tables->port_mac[packet->ingress], 6) != 0) {
		packet_drop(packet, TP_REASON_WRONG_MAC);
		return;
	}
	ethertype = parse_tags(packet, frame);
	if (!packet_undecided(packet))
		return;
	switch (ethertype) {
	case TP_ETH_IPV4:
		packet->family = 4;
		parse_ip4(packet, frame);
		return;
	case TP_ETH_IPV6:
		packet->family = 6;
		parse_ip6(packet, frame);
		return;
	case TP_ETH_ARP:
		packet_punt(packet, TP_REASON_ARP);
		return;
	default:
		packet_punt(packet, TP_REASON_ETHERTYPE);
	}
}
