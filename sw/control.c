/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_telemetry.h>

#include "control.h"

/* The telemetry library's commands carry no argument of their own, and there is one datapath per process. */
static struct {
	pthread_mutex_t mutex;
	struct datapath *datapath;
	const struct ports *ports;
	struct tables *spare;
	int wake_fd;
	uint64_t installed;
} control = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static int
answer(struct rte_tel_data *data, int ret, const char *message)
{
	const char *status = "failed";

	if (ret == 0)
		status = "ok";
	else if (ret == -EINVAL)
		status = "refused";
	else if (ret == -ENOSPC)
		status = "too large";
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "status", status);
	rte_tel_data_add_dict_string(data, "message", message);
	return 0;
}

/** Build in the spare bank and swap the banks. The caller holds the mutex. */
static int
install(const char *path, enum datapath_request request, char message[TABLES_MESSAGE_BYTES])
{
	struct tables *previous = control.datapath->tables;
	int ret = tables_build(control.spare, path, message);

	if (ret != 0)
		return ret;
	control.datapath->offered_tables = control.spare;
	ret = datapath_ask(control.datapath, request, control.wake_fd);
	if (ret != 0) {
		strcpy(message, "the datapath does not answer");
		return ret;
	}
	control.spare = previous;
	control.installed++;
	tables_retire(previous);
	return 0;
}

static int
install_command(const char *parameters, enum datapath_request request, struct rte_tel_data *data)
{
	char message[TABLES_MESSAGE_BYTES] = "";
	int ret;

	if (parameters == NULL || *parameters == '\0')
		return answer(data, -EINVAL, "file: none was named");
	pthread_mutex_lock(&control.mutex);
	ret = install(parameters, request, message);
	pthread_mutex_unlock(&control.mutex);
	return answer(data, ret, message);
}

static int
load_command(const char *command __rte_unused, const char *parameters, struct rte_tel_data *data)
{
	return install_command(parameters, DATAPATH_REQUEST_LOAD, data);
}

static int
update_command(const char *command __rte_unused, const char *parameters, struct rte_tel_data *data)
{
	return install_command(parameters, DATAPATH_REQUEST_UPDATE, data);
}

static int
stages_command(const char *command __rte_unused, const char *parameters, struct rte_tel_data *data)
{
	const struct {
		enum tp_stage stage;
		const char *name;
	} stages[] = {
		{ TP_STAGE_PARSE, "parse" },
		{ TP_STAGE_ACL, "acl" },
		{ TP_STAGE_ROUTE, "route" },
	};
	unsigned long mask;
	uint32_t known = 0;
	char *end;
	int ret;

	for (unsigned int i = 0; i < RTE_DIM(stages); i++)
		known |= 1u << stages[i].stage;
	if (parameters == NULL || *parameters == '\0') {
		mask = control.datapath->tables->stage_mask;
		rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
		for (unsigned int i = 0; i < RTE_DIM(stages); i++) {
			if (mask & 1u << stages[i].stage)
				rte_tel_data_add_array_string(data, stages[i].name);
		}
		return 0;
	}
	mask = strtoul(parameters, &end, 0);
	if (*end != '\0' || mask & ~(unsigned long)known)
		return answer(data, -EINVAL, "mask: has stages that are not built in");
	pthread_mutex_lock(&control.mutex);
	control.datapath->offered_stages = (uint32_t)mask | 1u << TP_STAGE_PARSE;
	ret = datapath_ask(control.datapath, DATAPATH_REQUEST_STAGES, control.wake_fd);
	pthread_mutex_unlock(&control.mutex);
	return answer(data, ret, ret == 0 ? "" : "the datapath does not answer");
}

static int
counters_command(const char *command __rte_unused, const char *parameters, struct rte_tel_data *data)
{
	const unsigned int most = (RTE_TEL_MAX_ARRAY_ENTRIES - 1) / 3;
	struct {
		uint32_t key;
		struct counter value;
	} found[(RTE_TEL_MAX_ARRAY_ENTRIES - 1) / 3];
	uint32_t key = parameters == NULL ? 0 : (uint32_t)strtoul(parameters, NULL, 0);
	unsigned int count = 0;

	while (count < most && counters_next(&control.datapath->counters, &key, &found[count].value))
		found[count++].key = key++;
	rte_tel_data_start_array(data, RTE_TEL_U64_VAL);
	rte_tel_data_add_array_u64(data, count == most ? key : 0);
	for (unsigned int i = 0; i < count; i++) {
		rte_tel_data_add_array_u64(data, found[i].key);
		rte_tel_data_add_array_u64(data, found[i].value.packets);
		rte_tel_data_add_array_u64(data, found[i].value.bytes);
	}
	return 0;
}

static int
info_command(const char *command __rte_unused, const char *parameters __rte_unused, struct rte_tel_data *data)
{
	const struct tables *tables;

	pthread_mutex_lock(&control.mutex);
	tables = control.datapath->tables;
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_int(data, "pid", getpid());
	rte_tel_data_add_dict_int(data, "table_file_version", TP_TABLE_FILE_VERSION);
	rte_tel_data_add_dict_int(data, "metadata_version", TP_METADATA_VERSION);
	rte_tel_data_add_dict_int(data, "stage_mask", (int)tables->stage_mask);
	rte_tel_data_add_dict_u64(data, "installed", control.installed);
	rte_tel_data_add_dict_int(data, "acl_rules", (int)tables->acl_rules);
	rte_tel_data_add_dict_int(data, "acl_rules_limit", TP_ACL_RULES_SW);
	rte_tel_data_add_dict_int(data, "routes4", (int)tables->route4.count);
	rte_tel_data_add_dict_int(data, "routes4_limit", TP_ROUTES4_SW);
	rte_tel_data_add_dict_int(data, "routes6", (int)tables->route6.count);
	rte_tel_data_add_dict_int(data, "routes6_limit", TP_ROUTES6_SW);
	rte_tel_data_add_dict_int(data, "next_hops", (int)tables->next_hops);
	rte_tel_data_add_dict_int(data, "next_hops_limit", TP_NEXT_HOPS_SW);
	rte_tel_data_add_dict_int(data, "ports", control.ports->count);
	rte_tel_data_add_dict_int(data, "host_port", control.ports->host == PORTS_NONE ? -1 : control.ports->host);
	rte_tel_data_add_dict_u64(data, "host_packets", control.ports->host_packets);
	rte_tel_data_add_dict_u64(data, "tx_lost", control.ports->tx_lost);
	rte_tel_data_add_dict_u64(data, "lost", control.datapath->lost);
	pthread_mutex_unlock(&control.mutex);
	return 0;
}

int
control_install(const char *path, char message[TABLES_MESSAGE_BYTES])
{
	struct tables *previous = control.datapath->tables;
	int ret = tables_build(control.spare, path, message);

	if (ret != 0)
		return ret;
	control.datapath->tables = control.spare;
	control.spare = previous;
	control.installed++;
	return 0;
}

int
control_start(struct datapath *datapath, const struct ports *ports, struct tables *spare, int wake_fd)
{
	const struct {
		const char *name;
		telemetry_cb function;
		const char *help;
	} commands[] = {
		{ "/triplane/load", load_command, "Installs a table file and sets the counters to 0. Parameter: file" },
		{ "/triplane/update", update_command, "Installs a table file and keeps the counters. Parameter: file" },
		{ "/triplane/stages", stages_command, "Returns the enabled stages, or sets them. Parameter: mask (optional)" },
		{ "/triplane/counters", counters_command, "Returns counters that are not 0. Parameter: first key (optional)" },
		{ "/triplane/info", info_command, "Returns limits, ports and what is installed. No parameter" },
	};

	control.datapath = datapath;
	control.ports = ports;
	control.spare = spare;
	control.wake_fd = wake_fd;
	for (unsigned int i = 0; i < RTE_DIM(commands); i++) {
		const int ret = rte_telemetry_register_cmd(commands[i].name, commands[i].function, commands[i].help);

		if (ret != 0)
			return ret;
	}
	return 0;
}
