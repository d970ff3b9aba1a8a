/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "acl.h"
#include "datapath.h"

/*
 * What rte_acl looks at: one key per packet, multi-byte fields in network byte order. Sets (ingress ports, fragment
 * classes) are one bit per member; "in the set" is "none of the bits outside the set", which a mask and a value can say.
 */
struct acl_key {
	uint8_t proto;
	uint8_t pad[3];
	uint8_t sport[2];
	uint8_t dport[2];
	uint8_t vlan[2];
	uint8_t bits;		/* KEY_INGRESS, KEY_FRAGMENT, KEY_PORTS */
	uint8_t tcp_flags;
	uint8_t source[16];
	uint8_t destination[16];
};

enum {
	KEY_INGRESS_SHIFT = 0,	/* 4 bits: one per port */
	KEY_FRAGMENT_SHIFT = 4,	/* 3 bits: one per class */
	KEY_PORTS = 0x80,	/* the packet has ports */
};
#define KEY_INGRESS_ALL ((1u << TP_PORTS) - 1)
#define KEY_FRAGMENT_ALL 7u

enum acl_field {
	FIELD_PROTO,
	FIELD_SPORT,
	FIELD_DPORT,
	FIELD_VLAN,
	FIELD_BITS,
	FIELD_TCP_FLAGS,
	FIELD_ADDRESSES,
	FIELDS4 = FIELD_ADDRESSES + 2,
	FIELDS6 = FIELD_ADDRESSES + 8,
};

enum acl_input {
	INPUT_PROTO,
	INPUT_PORTS,
	INPUT_VLAN,
	INPUT_ADDRESSES,
};

RTE_ACL_RULE_DEF(acl_rule, FIELDS6);

static struct rte_acl_field_def
field(uint8_t index, uint8_t type, uint8_t size, uint8_t input, size_t offset)
{
	return (struct rte_acl_field_def){
		.type = type, .size = size, .field_index = index, .input_index = input, .offset = (uint32_t)offset,
	};
}

static void
fill_fields(struct rte_acl_config *config, uint8_t family)
{
	const uint8_t words = family == 4 ? 1 : 4;

	memset(config, 0, sizeof(*config));
	config->num_categories = 1;
	config->num_fields = FIELD_ADDRESSES + 2 * words;
	config->defs[FIELD_PROTO] = field(FIELD_PROTO, RTE_ACL_FIELD_TYPE_BITMASK, 1, INPUT_PROTO,
					  offsetof(struct acl_key, proto));
	config->defs[FIELD_SPORT] = field(FIELD_SPORT, RTE_ACL_FIELD_TYPE_RANGE, 2, INPUT_PORTS,
					  offsetof(struct acl_key, sport));
	config->defs[FIELD_DPORT] = field(FIELD_DPORT, RTE_ACL_FIELD_TYPE_RANGE, 2, INPUT_PORTS,
					  offsetof(struct acl_key, dport));
	config->defs[FIELD_VLAN] = field(FIELD_VLAN, RTE_ACL_FIELD_TYPE_BITMASK, 2, INPUT_VLAN,
					 offsetof(struct acl_key, vlan));
	config->defs[FIELD_BITS] = field(FIELD_BITS, RTE_ACL_FIELD_TYPE_BITMASK, 1, INPUT_VLAN,
					 offsetof(struct acl_key, bits));
	config->defs[FIELD_TCP_FLAGS] = field(FIELD_TCP_FLAGS, RTE_ACL_FIELD_TYPE_BITMASK, 1, INPUT_VLAN,
					      offsetof(struct acl_key, tcp_flags));
	for (uint8_t word = 0; word < words; word++) {
		const uint8_t source = FIELD_ADDRESSES + word;
		const uint8_t destination = source + words;

		config->defs[source] = field(source, RTE_ACL_FIELD_TYPE_MASK, 4, INPUT_ADDRESSES + word,
					     offsetof(struct acl_key, source) + 4 * word);
		config->defs[destination] = field(destination, RTE_ACL_FIELD_TYPE_MASK, 4, INPUT_ADDRESSES + words + word,
						  offsetof(struct acl_key, destination) + 4 * word);
	}
}

/** The condition on one prefix: per 32-bit word of the address how many of its first bits must be equal. */
static void
fill_prefix(struct rte_acl_field *fields, const uint8_t *address, uint8_t length, uint8_t words)
{
	for (uint8_t word = 0; word < words; word++) {
		const int left = (int)length - 32 * word;
		const int bits = left < 0 ? 0 : left > 32 ? 32 : left;

		fields[word].value.u32 = load_be32(address + 4 * word);
		fields[word].mask_range.u32 = (uint32_t)bits;
	}
}

/** Translate one entry. Returns false when no packet of the family can match it. */
static bool
fill_rule(struct acl_rule *rule, const struct tp_acl_entry *entry, uint32_t index, uint8_t family)
{
	const uint8_t words = family == 4 ? 1 : 4;
	uint8_t proto = entry->proto;
	bool has_proto = entry->conditions & TP_ACL_HAS_PROTO;
	bool needs_ports = entry->conditions & (TP_ACL_HAS_SPORT | TP_ACL_HAS_DPORT);
	uint8_t excluded;

	if (entry->family != 0 && entry->family != family)
		return false;
	if (entry->tcp_mask != 0) {
		/* A packet has TCP flags when it is TCP and has ports (R-PARSE-49). */
		if (has_proto && proto != TP_PROTO_TCP)
			return false;
		proto = TP_PROTO_TCP;
		has_proto = true;
		needs_ports = true;
	}
	memset(rule, 0, sizeof(*rule));
	rule->data.category_mask = 1;
	rule->data.priority = (int32_t)(RTE_ACL_MAX_PRIORITY - index);
	rule->data.userdata = index + 1;
	rule->field[FIELD_PROTO].value.u8 = has_proto ? proto : 0;
	rule->field[FIELD_PROTO].mask_range.u8 = has_proto ? 0xff : 0;
	rule->field[FIELD_SPORT].mask_range.u16 = UINT16_MAX;
	if (entry->conditions & TP_ACL_HAS_SPORT) {
		rule->field[FIELD_SPORT].value.u16 = load_be16(entry->sport_lo);
		rule->field[FIELD_SPORT].mask_range.u16 = load_be16(entry->sport_hi);
	}
	rule->field[FIELD_DPORT].mask_range.u16 = UINT16_MAX;
	if (entry->conditions & TP_ACL_HAS_DPORT) {
		rule->field[FIELD_DPORT].value.u16 = load_be16(entry->dport_lo);
		rule->field[FIELD_DPORT].mask_range.u16 = load_be16(entry->dport_hi);
	}
	if (entry->conditions & TP_ACL_HAS_VLAN) {
		rule->field[FIELD_VLAN].value.u16 = load_be16(entry->vlan);
		rule->field[FIELD_VLAN].mask_range.u16 = UINT16_MAX;
	}
	excluded = (uint8_t)((~entry->ingress_set & KEY_INGRESS_ALL) << KEY_INGRESS_SHIFT |
			     (~entry->fragment_set & KEY_FRAGMENT_ALL) << KEY_FRAGMENT_SHIFT);
	rule->field[FIELD_BITS].value.u8 = needs_ports ? KEY_PORTS : 0;
	rule->field[FIELD_BITS].mask_range.u8 = excluded | (needs_ports ? KEY_PORTS : 0);
	rule->field[FIELD_TCP_FLAGS].value.u8 = entry->tcp_value;
	rule->field[FIELD_TCP_FLAGS].mask_range.u8 = entry->tcp_mask;
	fill_prefix(&rule->field[FIELD_ADDRESSES], entry->src, entry->src_len, words);
	fill_prefix(&rule->field[FIELD_ADDRESSES + words], entry->dst, entry->dst_len, words);
	return true;
}

static int
build_family(struct acl_table *table, const struct tp_acl_entry *entries, uint32_t count, uint8_t family)
{
	static unsigned int generation;
	char name[RTE_ACL_NAMESIZE];
	struct rte_acl_config config;
	struct rte_acl_param param = {
		.name = name,
		.socket_id = SOCKET_ID_ANY,
		.max_rule_num = TP_ACL_RULES_SW,
	};
	struct acl_rule rule;
	uint32_t added = 0;
	int ret = 0;

	fill_fields(&config, family);
	param.rule_size = RTE_ACL_RULE_SZ(config.num_fields);
	snprintf(name, sizeof(name), "acl%u.%u", family, generation++);
	table->context = rte_acl_create(&param);
	if (table->context == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < count && ret == 0; i++) {
		if (!fill_rule(&rule, &entries[i], i, family))
			continue;
		ret = rte_acl_add_rules(table->context, (struct rte_acl_rule *)&rule, 1);
		added++;
	}
	if (ret == 0 && added > 0)
		ret = rte_acl_build(table->context, &config);
	if (ret != 0 || added == 0) {
		rte_acl_free(table->context);
		table->context = NULL;
	}
	return ret;
}

int
acl_build(struct tables *tables, const struct tp_acl_entry *entries, uint32_t count)
{
	int ret;

	tables->acl_rules = count;
	for (uint32_t i = 0; i < count; i++)
		tables->acl_action[i] = entries[i].action;
	ret = build_family(&tables->acl4, entries, count, 4);
	if (ret == 0)
		ret = build_family(&tables->acl6, entries, count, 6);
	if (ret != 0)
		acl_free(tables);
	return ret;
}

void
acl_free(struct tables *tables)
{
	rte_acl_free(tables->acl4.context);
	rte_acl_free(tables->acl6.context);
	tables->acl4.context = NULL;
	tables->acl6.context = NULL;
}

static void
fill_key(struct acl_key *key, const struct packet *packet)
{
	key->proto = packet->proto;
	store_be16(key->sport, packet->sport);
	store_be16(key->dport, packet->dport);
	store_be16(key->vlan, packet->vlan);
	key->bits = (uint8_t)(1u << (KEY_INGRESS_SHIFT + packet->ingress) | 1u << (KEY_FRAGMENT_SHIFT + packet->fragment) |
			      (packet->has_ports ? KEY_PORTS : 0));
	key->tcp_flags = packet->tcp_flags;
	memcpy(key->source, packet->source, sizeof(key->source));
	memcpy(key->destination, packet->destination, sizeof(key->destination));
}

/** R-ACL-10. */
static void
apply(struct packet *packet, uint8_t action)
{
	if (action == TP_ACTION_DENY)
		packet_drop(packet, TP_REASON_ACL_DENY);
	else if (action == TP_ACTION_PUNT)
		packet_punt(packet, TP_REASON_ACL_PUNT);
}

static void
acl_family(const struct tables *tables, const struct acl_table *table, struct packet *packets, unsigned int count,
	   uint8_t family)
{
	struct acl_key keys[DATAPATH_BURST];
	const uint8_t *data[DATAPATH_BURST];
	struct packet *chosen[DATAPATH_BURST];
	uint32_t results[DATAPATH_BURST];
	unsigned int n = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!packet_undecided(&packets[i]) || packets[i].family != family)
			continue;
		fill_key(&keys[n], &packets[i]);
		data[n] = (const uint8_t *)&keys[n];
		chosen[n++] = &packets[i];
	}
	if (n == 0)
		return;
	if (table->context == NULL)
		memset(results, 0, n * sizeof(results[0]));
	else
		rte_acl_classify(table->context, data, results, n, 1);
	for (unsigned int i = 0; i < n; i++) {
		if (results[i] == 0) {
			chosen[i]->acl_rule = TP_ACL_DEFAULT;
			apply(chosen[i], tables->default_action);
		} else {
			chosen[i]->acl_rule = (uint16_t)(results[i] - 1);
			apply(chosen[i], tables->acl_action[results[i] - 1]);
		}
	}
}

void
acl(const struct tables *tables, struct packet *packets, unsigned int count)
{
	acl_family(tables, &tables->acl4, packets, count, 4);
	acl_family(tables, &tables->acl6, packets, count, 6);
}
