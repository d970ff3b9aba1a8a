/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "acl.h"
#include "packet.h"
#include "tables.h"

/** Largest table file that can be right: every table at its limit. */
#define FILE_BYTES_MAX (TP_TABLE_FILE_HEADER_BYTES + TP_PORTS * TP_PORT_ENTRY_BYTES + \
			TP_ACL_RULES_SW * TP_ACL_ENTRY_BYTES + (TP_ROUTES4_SW) * TP_ROUTE4_ENTRY_BYTES + \
			TP_ROUTES6_SW * TP_ROUTE6_ENTRY_BYTES + TP_NEXT_HOPS_SW * TP_NEXT_HOP_ENTRY_BYTES)

#define STAGES_KNOWN (1u << TP_STAGE_PARSE | 1u << TP_STAGE_ACL | 1u << TP_STAGE_ROUTE)
#define CONDITIONS_KNOWN (TP_ACL_HAS_PROTO | TP_ACL_HAS_SPORT | TP_ACL_HAS_DPORT | TP_ACL_HAS_VLAN)

/** A table file in memory, cut into its sections. */
struct table_file {
	uint8_t *bytes;
	const struct tp_table_file_header *header;
	uint32_t ports, acl, route4, route6, next_hops;
	const struct tp_port_entry *port;
	const struct tp_acl_entry *rule;
	const struct tp_route4_entry *prefix4;
	const struct tp_route6_entry *prefix6;
	const struct tp_next_hop_entry *hop;
};

__rte_format_printf(3, 4)
static int
refuse(char message[TABLES_MESSAGE_BYTES], int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, TABLES_MESSAGE_BYTES, format, arguments);
	va_end(arguments);
	return error;
}

static bool
is_zero(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

/** No bit is set behind the prefix's length, in an address field of @p bytes bytes (R-TBL-2). */
static bool
is_prefix(const uint8_t *address, uint32_t length, uint32_t bytes)
{
	const uint32_t whole = length / 8;

	if (whole >= bytes)
		return true;
	return (address[whole] & (0xffu >> (length % 8))) == 0 && is_zero(address + whole + 1, bytes - whole - 1);
}

static int
read_bytes(const char *path, uint8_t **bytes, size_t *size, char message[TABLES_MESSAGE_BYTES])
{
	struct stat status;
	FILE *file = fopen(path, "rb");
	int ret = 0;

	if (file == NULL)
		return refuse(message, -errno, "file: %s", strerror(errno));
	if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode))
		ret = refuse(message, -EINVAL, "file: is not a regular file");
	else if ((uint64_t)status.st_size > FILE_BYTES_MAX)
		ret = refuse(message, -ENOSPC, "file: %llu bytes, the limit is %u", (unsigned long long)status.st_size,
			     FILE_BYTES_MAX);
	if (ret == 0) {
		*size = (size_t)status.st_size;
		*bytes = malloc(*size + 1);
		if (*bytes == NULL)
			ret = refuse(message, -ENOMEM, "file: out of memory");
		else if (fread(*bytes, 1, *size, file) != *size)
			ret = refuse(message, -EIO, "file: cannot be read");
	}
	fclose(file);
	return ret;
}

static int
check_count(const char *section, uint32_t count, uint32_t limit, char message[TABLES_MESSAGE_BYTES])
{
	if (count > limit)
		return refuse(message, -ENOSPC, "%s: %u entries, the limit is %u", section, count, limit);
	return 0;
}

/** Check the header and find the sections. The file's bytes belong to @p file afterwards, also after a failure. */
static int
cut_sections(struct table_file *file, size_t size, char message[TABLES_MESSAGE_BYTES])
{
	const struct tp_table_file_header *header = (const struct tp_table_file_header *)file->bytes;
	const uint8_t *next = file->bytes + sizeof(*header);
	uint32_t stages;
	size_t expected;
	int ret;

	if (size < sizeof(*header))
		return refuse(message, -EINVAL, "header: the file has %zu bytes, the header alone %zu", size, sizeof(*header));
	if (load_be32(header->magic) != TP_TABLE_FILE_MAGIC)
		return refuse(message, -EINVAL, "header.magic: %#x is not %#x", load_be32(header->magic), TP_TABLE_FILE_MAGIC);
	if (load_be16(header->version) != TP_TABLE_FILE_VERSION)
		return refuse(message, -EINVAL, "header.version: %u is not %u", load_be16(header->version),
			      TP_TABLE_FILE_VERSION);
	stages = load_be16(header->stage_mask);
	if (stages & ~STAGES_KNOWN)
		return refuse(message, -EINVAL, "header.stage_mask: %#x has stages that are not built in", stages);
	if (header->default_action > TP_ACTION_PUNT)
		return refuse(message, -EINVAL, "header.default_action: %u is not an action", header->default_action);
	if (!is_zero(header->reserved, sizeof(header->reserved)))
		return refuse(message, -EINVAL, "header.reserved: is not 0");
	file->header = header;
	file->ports = load_be32(header->ports);
	file->acl = load_be32(header->acl);
	file->route4 = load_be32(header->route4);
	file->route6 = load_be32(header->route6);
	file->next_hops = load_be32(header->next_hops);
	if (file->ports != TP_PORTS)
		return refuse(message, -EINVAL, "ports: %u entries, the datapath has %u ports", file->ports, TP_PORTS);
	ret = check_count("acl", file->acl, TP_ACL_RULES_SW, message);
	if (ret == 0)
		ret = check_count("route4", file->route4, TP_ROUTES4_SW, message);
	if (ret == 0)
		ret = check_count("route6", file->route6, TP_ROUTES6_SW, message);
	if (ret == 0)
		ret = check_count("next_hops", file->next_hops, TP_NEXT_HOPS_SW, message);
	if (ret != 0)
		return ret;
	file->port = (const struct tp_port_entry *)next;
	next += file->ports * sizeof(*file->port);
	file->rule = (const struct tp_acl_entry *)next;
	next += file->acl * sizeof(*file->rule);
	file->prefix4 = (const struct tp_route4_entry *)next;
	next += file->route4 * sizeof(*file->prefix4);
	file->prefix6 = (const struct tp_route6_entry *)next;
	next += file->route6 * sizeof(*file->prefix6);
	file->hop = (const struct tp_next_hop_entry *)next;
	next += file->next_hops * sizeof(*file->hop);
	expected = (size_t)(next - file->bytes);
	if (size != expected)
		return refuse(message, -EINVAL, "file: %zu bytes, its header says %zu", size, expected);
	return 0;
}

static int
check_ports(const struct table_file *file, char message[TABLES_MESSAGE_BYTES])
{
	for (uint32_t i = 0; i < file->ports; i++) {
		if (file->port[i].mac[0] & 1)
			return refuse(message, -EINVAL, "ports[%u].mac: has the group bit set", i);
		if (!is_zero(file->port[i].reserved, sizeof(file->port[i].reserved)))
			return refuse(message, -EINVAL, "ports[%u].reserved: is not 0", i);
	}
	return 0;
}

/** One prefix of an ACL rule (R-ACL-3, R-TBL-2). */
static int
check_rule_prefix(uint32_t i, const char *field, const uint8_t *address, uint8_t length, uint8_t family,
		  char message[TABLES_MESSAGE_BYTES])
{
	const uint8_t longest = family == 0 ? 0 : family == 4 ? 32 : 128;

	if (length > longest)
		return refuse(message, -EINVAL, "acl[%u].%s_len: %u is above %u, the most for family %u", i, field, length,
			      longest, family);
	if (!is_prefix(address, length, 16))
		return refuse(message, -EINVAL, "acl[%u].%s: has bits behind its length %u", i, field, length);
	return 0;
}

/** One port range of an ACL rule (R-TBL-5). */
static int
check_rule_range(uint32_t i, const char *field, const uint8_t *low, const uint8_t *high, char message[TABLES_MESSAGE_BYTES])
{
	if (load_be16(low) > load_be16(high))
		return refuse(message, -EINVAL, "acl[%u].%s_lo: %u is above %s_hi %u", i, field, load_be16(low), field,
			      load_be16(high));
	return 0;
}

static int
check_rule(uint32_t i, const struct tp_acl_entry *rule, char message[TABLES_MESSAGE_BYTES])
{
	int ret;

	if (rule->valid != 1)
		return refuse(message, -EINVAL, "acl[%u].valid: %u is not 1", i, rule->valid);
	if (rule->family != 0 && rule->family != 4 && rule->family != 6)
		return refuse(message, -EINVAL, "acl[%u].family: %u is not 0, 4 or 6", i, rule->family);
	ret = check_rule_prefix(i, "src", rule->src, rule->src_len, rule->family, message);
	if (ret == 0)
		ret = check_rule_prefix(i, "dst", rule->dst, rule->dst_len, rule->family, message);
	if (ret == 0)
		ret = check_rule_range(i, "sport", rule->sport_lo, rule->sport_hi, message);
	if (ret == 0)
		ret = check_rule_range(i, "dport", rule->dport_lo, rule->dport_hi, message);
	if (ret != 0)
		return ret;
	if (rule->conditions & ~CONDITIONS_KNOWN)
		return refuse(message, -EINVAL, "acl[%u].conditions: %#x has unknown bits", i, rule->conditions);
	if (load_be16(rule->vlan) >= TP_VID_RESERVED)
		return refuse(message, -EINVAL, "acl[%u].vlan: %u is above %u", i, load_be16(rule->vlan), TP_VID_RESERVED - 1);
	if (rule->tcp_value & ~rule->tcp_mask)
		return refuse(message, -EINVAL, "acl[%u].tcp_value: %#x has bits outside the mask %#x", i, rule->tcp_value,
			      rule->tcp_mask);
	if (rule->ingress_set == 0 || rule->ingress_set >> TP_PORTS)
		return refuse(message, -EINVAL, "acl[%u].ingress_set: %#x is not a set of ports", i, rule->ingress_set);
	if (rule->fragment_set == 0 || rule->fragment_set >> (TP_FRAGMENT_LATER + 1))
		return refuse(message, -EINVAL, "acl[%u].fragment_set: %#x is not a set of classes", i, rule->fragment_set);
	if (rule->action > TP_ACTION_PUNT)
		return refuse(message, -EINVAL, "acl[%u].action: %u is not an action", i, rule->action);
	if (load_be16(rule->meter) != 0)
		return refuse(message, -EINVAL, "acl[%u].meter: %u, there are no meters", i, load_be16(rule->meter));
	if (!is_zero(rule->reserved, sizeof(rule->reserved)))
		return refuse(message, -EINVAL, "acl[%u].reserved: is not 0", i);
	return 0;
}

/** R-TBL-3. */
static int
check_next_hop(uint32_t i, const struct tp_next_hop_entry *hop, char message[TABLES_MESSAGE_BYTES])
{
	const uint16_t vid = load_be16(hop->vid);
	const uint16_t tpid = load_be16(hop->tpid);
	const uint16_t mtu = load_be16(hop->mtu);

	if (hop->valid != 1)
		return refuse(message, -EINVAL, "next_hops[%u].valid: %u is not 1", i, hop->valid);
	if (hop->kind > TP_HOP_KIND_LOCAL)
		return refuse(message, -EINVAL, "next_hops[%u].kind: %u is not a kind", i, hop->kind);
	if (hop->port >= TP_PORTS)
		return refuse(message, -EINVAL, "next_hops[%u].port: %u, the datapath has %u ports", i, hop->port, TP_PORTS);
	if (hop->vlan_op > TP_VLAN_OP_POP)
		return refuse(message, -EINVAL, "next_hops[%u].vlan_op: %u is not an operation", i, hop->vlan_op);
	if (vid == 0 || vid >= TP_VID_RESERVED)
		return refuse(message, -EINVAL, "next_hops[%u].vid: %u is not in 1 ... %u", i, vid, TP_VID_RESERVED - 1);
	if (tpid != TP_TPID_C && tpid != TP_TPID_S)
		return refuse(message, -EINVAL, "next_hops[%u].tpid: %#x is not %#x or %#x", i, tpid, TP_TPID_C, TP_TPID_S);
	if (mtu < TP_MTU_MIN || mtu > TP_MTU_MAX)
		return refuse(message, -EINVAL, "next_hops[%u].mtu: %u is not in %u ... %u", i, mtu, TP_MTU_MIN, TP_MTU_MAX);
	if (hop->src_mac[0] & 1)
		return refuse(message, -EINVAL, "next_hops[%u].src_mac: has the group bit set", i);
	if (hop->dst_mac[0] & 1)
		return refuse(message, -EINVAL, "next_hops[%u].dst_mac: has the group bit set", i);
	if (!is_zero(hop->reserved, sizeof(hop->reserved)))
		return refuse(message, -EINVAL, "next_hops[%u].reserved: is not 0", i);
	return 0;
}

/** By prefix, then length, then place in the file. */
static int
compare_routes(const void *a, const void *b)
{
	const struct table_route *left = a;
	const struct table_route *right = b;
	int order = memcmp(left->prefix, right->prefix, sizeof(left->prefix));

	if (order == 0)
		order = (int)left->length - (int)right->length;
	return order;
}

static int
compare_routes_stable(const void *a, const void *b)
{
	const int order = compare_routes(a, b);

	if (order != 0)
		return order;
	return ((const struct table_route *)a)->index < ((const struct table_route *)b)->index ? -1 : 1;
}

/** One route's own fields (R-TBL-2, R-TBL-3). */
static int
check_route(const char *section, const struct table_route *route, uint8_t valid, uint8_t longest, uint32_t next_hops,
	    char message[TABLES_MESSAGE_BYTES])
{
	if (valid != 1)
		return refuse(message, -EINVAL, "%s[%u].valid: %u is not 1", section, route->index, valid);
	if (route->length > longest)
		return refuse(message, -EINVAL, "%s[%u].length: %u is above %u", section, route->index, route->length, longest);
	if (!is_prefix(route->prefix, route->length, longest / 8))
		return refuse(message, -EINVAL, "%s[%u].prefix: has bits behind its length %u", section, route->index,
			      route->length);
	if (route->next_hop >= next_hops)
		return refuse(message, -EINVAL, "%s[%u].next_hop: %u, there are %u next hops", section, route->index,
			      route->next_hop, next_hops);
	return 0;
}

/** Sort the routes and find prefixes that stand twice (R-TBL-2). */
static int
sort_routes(const char *section, struct table_route *routes, uint32_t count, char message[TABLES_MESSAGE_BYTES])
{
	qsort(routes, count, sizeof(*routes), compare_routes_stable);
	for (uint32_t i = 1; i < count; i++) {
		if (compare_routes(&routes[i - 1], &routes[i]) == 0)
			return refuse(message, -EINVAL, "%s[%u].prefix: stands at %s[%u] already", section, routes[i].index,
				      section, routes[i - 1].index);
	}
	return 0;
}

static int
read_routes4(const struct table_file *file, struct table_route *routes, char message[TABLES_MESSAGE_BYTES])
{
	for (uint32_t i = 0; i < file->route4; i++) {
		const struct tp_route4_entry *entry = &file->prefix4[i];
		int ret;

		memcpy(routes[i].prefix, entry->prefix, sizeof(entry->prefix));
		routes[i].length = entry->length;
		routes[i].next_hop = load_be16(entry->next_hop);
		routes[i].index = i;
		ret = check_route("route4", &routes[i], entry->valid, 32, file->next_hops, message);
		if (ret != 0)
			return ret;
	}
	return sort_routes("route4", routes, file->route4, message);
}

static int
read_routes6(const struct table_file *file, struct table_route *routes, char message[TABLES_MESSAGE_BYTES])
{
	for (uint32_t i = 0; i < file->route6; i++) {
		const struct tp_route6_entry *entry = &file->prefix6[i];
		int ret;

		memcpy(routes[i].prefix, entry->prefix, sizeof(entry->prefix));
		routes[i].length = entry->length;
		routes[i].next_hop = load_be16(entry->next_hop);
		routes[i].index = i;
		ret = check_route("route6", &routes[i], entry->valid, 128, file->next_hops, message);
		if (ret != 0)
			return ret;
	}
	return sort_routes("route6", routes, file->route6, message);
}

static int
lpm_add(struct route_table *table, const struct table_route *route, uint8_t family)
{
	if (route->length == 0) {
		table->default_hop = route->next_hop;
		return 0;
	}
	if (family == 4)
		return rte_lpm_add(table->lpm4, load_be32(route->prefix), route->length, route->next_hop);
	return rte_lpm6_add(table->lpm6, route->prefix, route->length, route->next_hop);
}

static int
lpm_delete(struct route_table *table, const struct table_route *route, uint8_t family)
{
	if (route->length == 0) {
		table->default_hop = TP_NEXT_HOP_NONE;
		return 0;
	}
	if (family == 4)
		return rte_lpm_delete(table->lpm4, load_be32(route->prefix), route->length);
	return rte_lpm6_delete(table->lpm6, route->prefix, route->length);
}

static void
lpm_clear(struct route_table *table, uint8_t family)
{
	if (family == 4)
		rte_lpm_delete_all(table->lpm4);
	else
		rte_lpm6_delete_all(table->lpm6);
	table->default_hop = TP_NEXT_HOP_NONE;
	table->count = 0;
	table->dirty = false;
}

/** Delete what is in the table and not in the new routes. Both are sorted. */
static int
delete_old_routes(struct route_table *table, const struct table_route *routes, uint32_t count, uint8_t family)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < table->count; i++) {
		int ret = 0;

		while (next < count && compare_routes(&routes[next], &table->routes[i]) < 0)
			next++;
		if (next == count || compare_routes(&routes[next], &table->routes[i]) != 0)
			ret = lpm_delete(table, &table->routes[i], family);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/** Add what is new, or leads to another next hop than before. Both are sorted. */
static int
add_new_routes(struct route_table *table, const struct table_route *routes, uint32_t count, uint8_t family)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < count; i++) {
		int ret = 0;

		while (next < table->count && compare_routes(&table->routes[next], &routes[i]) < 0)
			next++;
		if (next == table->count || compare_routes(&table->routes[next], &routes[i]) != 0 ||
		    table->routes[next].next_hop != routes[i].next_hop)
			ret = lpm_add(table, &routes[i], family);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/**
 * Bring a route table to the new routes, by the difference to what it holds: an LPM covers 16 million entries, and
 * writing them all anew for each change would cost more than everything else. Takes @p routes over.
 */
static int
change_routes(struct route_table *table, struct table_route *routes, uint32_t count, uint8_t family,
	      char message[TABLES_MESSAGE_BYTES])
{
	int ret;

	if (table->dirty)
		lpm_clear(table, family);
	table->dirty = true;
	ret = delete_old_routes(table, routes, count, family);
	if (ret == 0)
		ret = add_new_routes(table, routes, count, family);
	free(table->routes);
	table->routes = routes;
	table->count = count;
	if (ret == -ENOSPC || ret == -ENOMEM)
		return refuse(message, -ENOSPC, "route%u: %u entries need more second-level tables than the limit of %u", family,
			      count, family == 4 ? TABLES_LPM4_TBL8S : TABLES_LPM6_TBL8S);
	if (ret != 0)
		return refuse(message, ret, "route%u: the LPM library reports %s", family, strerror(-ret));
	table->dirty = false;
	return 0;
}

static int
build_acl(struct tables *tables, const struct table_file *file, char message[TABLES_MESSAGE_BYTES])
{
	int ret = acl_build(tables, file->rule, file->acl);

	if (ret != 0)
		return refuse(message, -ENOSPC, "acl: %u rules do not fit the lookup's memory (%s)", file->acl, strerror(-ret));
	return 0;
}

static void
fill_next_hops(struct tables *tables, const struct table_file *file)
{
	tables->next_hops = file->next_hops;
	for (uint32_t i = 0; i < file->next_hops; i++) {
		const struct tp_next_hop_entry *entry = &file->hop[i];
		struct next_hop *hop = &tables->next_hop[i];

		hop->kind = entry->kind;
		hop->port = entry->port;
		hop->vlan_op = entry->vlan_op;
		hop->vid = load_be16(entry->vid);
		hop->tpid = load_be16(entry->tpid);
		hop->mtu = load_be16(entry->mtu);
		memcpy(hop->macs, entry->dst_mac, 6);
		memcpy(hop->macs + 6, entry->src_mac, 6);
	}
}

/** Check every entry, then build. Takes the two route arrays over as soon as they are installed. */
static int
build(struct tables *tables, const struct table_file *file, struct table_route **routes4, struct table_route **routes6,
      char message[TABLES_MESSAGE_BYTES])
{
	int ret = check_ports(file, message);

	for (uint32_t i = 0; i < file->acl && ret == 0; i++)
		ret = check_rule(i, &file->rule[i], message);
	if (ret == 0)
		ret = read_routes4(file, *routes4, message);
	if (ret == 0)
		ret = read_routes6(file, *routes6, message);
	for (uint32_t i = 0; i < file->next_hops && ret == 0; i++)
		ret = check_next_hop(i, &file->hop[i], message);
	if (ret == 0)
		ret = build_acl(tables, file, message);
	if (ret == 0) {
		ret = change_routes(&tables->route4, *routes4, file->route4, 4, message);
		*routes4 = NULL;
	}
	if (ret == 0) {
		ret = change_routes(&tables->route6, *routes6, file->route6, 6, message);
		*routes6 = NULL;
	}
	if (ret != 0) {
		acl_free(tables);
		return ret;
	}
	fill_next_hops(tables, file);
	tables->stage_mask = load_be16(file->header->stage_mask) | 1u << TP_STAGE_PARSE;
	tables->default_action = file->header->default_action;
	for (uint32_t i = 0; i < TP_PORTS; i++)
		memcpy(tables->port_mac[i], file->port[i].mac, sizeof(tables->port_mac[i]));
	return 0;
}

int
tables_build(struct tables *tables, const char *path, char message[TABLES_MESSAGE_BYTES])
{
	struct table_file file = { .bytes = NULL };
	struct table_route *routes4 = NULL;
	struct table_route *routes6 = NULL;
	size_t size = 0;
	int ret;

	message[0] = '\0';
	tables_retire(tables);
	ret = read_bytes(path, &file.bytes, &size, message);
	if (ret == 0)
		ret = cut_sections(&file, size, message);
	if (ret == 0) {
		routes4 = calloc(file.route4 + 1, sizeof(*routes4));
		routes6 = calloc(file.route6 + 1, sizeof(*routes6));
		if (routes4 == NULL || routes6 == NULL)
			ret = refuse(message, -ENOMEM, "file: out of memory");
		else
			ret = build(tables, &file, &routes4, &routes6, message);
	}
	free(routes4);
	free(routes6);
	free(file.bytes);
	return ret;
}

void
tables_retire(struct tables *tables)
{
	acl_free(tables);
}

struct tables *
tables_create(unsigned int bank)
{
	const struct rte_lpm_config config4 = {
		.max_rules = TP_ROUTES4_SW,
		.number_tbl8s = TABLES_LPM4_TBL8S,
	};
	const struct rte_lpm6_config config6 = {
		.max_rules = TP_ROUTES6_SW,
		.number_tbl8s = TABLES_LPM6_TBL8S,
	};
	struct tables *tables = calloc(1, sizeof(*tables));
	char name[RTE_LPM_NAMESIZE];

	if (tables == NULL)
		return NULL;
	tables->stage_mask = 1u << TP_STAGE_PARSE | 1u << TP_STAGE_ACL | 1u << TP_STAGE_ROUTE;
	tables->default_action = TP_ACTION_DENY;
	tables->route4.default_hop = TP_NEXT_HOP_NONE;
	tables->route6.default_hop = TP_NEXT_HOP_NONE;
	snprintf(name, sizeof(name), "route4.%u", bank);
	tables->route4.lpm4 = rte_lpm_create(name, SOCKET_ID_ANY, &config4);
	snprintf(name, sizeof(name), "route6.%u", bank);
	tables->route6.lpm6 = rte_lpm6_create(name, SOCKET_ID_ANY, &config6);
	if (tables->route4.lpm4 == NULL || tables->route6.lpm6 == NULL) {
		rte_lpm_free(tables->route4.lpm4);
		rte_lpm6_free(tables->route6.lpm6);
		free(tables);
		return NULL;
	}
	return tables;
}
