/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway datapath as a DPDK forwarder: one core, run to completion.
 *
 *   dpdk ports ──┐                                      ┌── dpdk ports
 *                ├─ burst ─ parse ─ acl ─ route ─ out ──┼── host port (punts)
 *   shm port ────┘          (datapath.c)                └── shm port (every record)
 *
 *   telemetry socket ─ control.c ─ tables.c ─ swapped in between two bursts
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "control.h"
#include "datapath.h"
#include "log.h"
#include "ports.h"
#include "shm_port.h"

enum {
	POOL_MBUFS = 4095,
	POOL_CACHE = 250,
	POOL_DATA_ROOM = 10240 + RTE_PKTMBUF_HEADROOM,	/* a frame of TP_FRAME_MAX and the longer ones that are refused: one segment */
	IDLE_POLLS = 256,		/* empty rounds before the loop sleeps */
	IDLE_US_PORTS = 50,		/* sleep with DPDK ports, which cannot wake it */
	IDLE_US_NO_PORTS = 100000,	/* sleep with the shm port alone, which can */
	EXIT_SECONDS = 3,		/* a shutdown that takes longer is ended by force */
};

/** What the command line says. */
struct options {
	int shm_memory;
	int shm_wake;
	int shm_answer;
	uint32_t shm_segment;
	int ready_fd;
	pid_t parent;
	uint16_t host_port;
	int64_t idle_us;
	const char *tables;
};

static volatile sig_atomic_t stop;
static pid_t parent;

static void
on_stop(int number __rte_unused)
{
	stop = 1;
	alarm(EXIT_SECONDS);
}

/** The kernel sends it when the thread that started us ends; what counts is its process. */
static void
on_parent_death(int number)
{
	if (getppid() != parent)
		on_stop(number);
}

static void
catch_signals(const struct options *options)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_stop;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (options->parent == 0)
		return;
	parent = options->parent;
	action.sa_handler = on_parent_death;
	sigaction(SIGHUP, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	/* It may have died before the kernel was asked to tell. */
	on_parent_death(SIGHUP);
}

static void
usage(const char *program)
{
	fprintf(stderr,
		"usage: %s EAL-OPTIONS -- [options]\n"
		"  --tables FILE        table file to start with; without one everything is dropped\n"
		"  --host-port N        DPDK port that gets the punts, unmodified\n"
		"  --poll-idle-us N     sleep when idle, 0 for never (default %d with ports, until woken without)\n"
		"  --shm M,W,A          file descriptors: shared memory, eventfd that wakes, eventfd that answers\n"
		"  --shm-segment N      cut the frames of the shm port into mbufs of N bytes\n"
		"  --ready FD           eventfd to ring when the datapath runs\n"
		"  --parent PID         stop when this parent process ends\n",
		program, IDLE_US_PORTS);
}

static int
parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "tables", required_argument, NULL, 't' },
		{ "host-port", required_argument, NULL, 'h' },
		{ "poll-idle-us", required_argument, NULL, 'i' },
		{ "shm", required_argument, NULL, 's' },
		{ "shm-segment", required_argument, NULL, 'g' },
		{ "ready", required_argument, NULL, 'r' },
		{ "parent", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	*options = (struct options){
		.shm_memory = -1, .shm_wake = -1, .shm_answer = -1, .ready_fd = -1, .host_port = PORTS_NONE, .idle_us = -1,
	};
	optind = 1;
	while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (letter) {
		case 't':
			options->tables = optarg;
			break;
		case 'h':
			options->host_port = (uint16_t)atoi(optarg);
			break;
		case 'i':
			options->idle_us = atoi(optarg);
			break;
		case 's':
			if (sscanf(optarg, "%d,%d,%d", &options->shm_memory, &options->shm_wake, &options->shm_answer) != 3)
				return -EINVAL;
			break;
		case 'g':
			options->shm_segment = (uint32_t)atoi(optarg);
			break;
		case 'r':
			options->ready_fd = atoi(optarg);
			break;
		case 'p':
			options->parent = atoi(optarg);
			break;
		default:
			return -EINVAL;
		}
	}
	return optind == argc ? 0 : -EINVAL;
}

/** Sleep until woken or for the time given. */
static void
sleep_idle(int wake_fd, int64_t idle_us)
{
	struct pollfd wake = { .fd = wake_fd, .events = POLLIN };
	const struct timespec time = { .tv_sec = idle_us / 1000000, .tv_nsec = idle_us % 1000000 * 1000 };
	uint64_t rings;

	if (ppoll(&wake, 1, &time, NULL) > 0 && read(wake_fd, &rings, sizeof(rings)) < 0)
		return;
}

static void
run(struct datapath *datapath, struct ports *ports, struct shm_port *shm, int wake_fd, int64_t idle_us)
{
	unsigned int idle = 0;

	while (!stop) {
		unsigned int work = 0;

		datapath_serve(datapath);
		if (shm->header != NULL)
			work += shm_port_poll(shm, datapath);
		if (ports->count > 0) {
			datapath_serve(datapath);
			work += ports_poll(ports, datapath);
		}
		if (work > 0) {
			idle = 0;
		} else if (++idle > IDLE_POLLS && idle_us > 0) {
			sleep_idle(wake_fd, idle_us);
			idle = 0;
		}
	}
}

/** Everything behind the EAL. Returns 0 or a negative errno, after saying what went wrong. */
static int
forward(const struct options *options)
{
	static struct datapath datapath;
	static struct ports ports;
	static struct shm_port shm;
	char message[TABLES_MESSAGE_BYTES];
	const uint64_t one = 1;
	struct tables *spare;
	struct rte_mempool *pool;
	int wake_fd = options->shm_wake;
	int64_t idle_us = options->idle_us;
	int ret;

	if (wake_fd < 0)
		wake_fd = eventfd(0, EFD_CLOEXEC);
	datapath.tables = tables_create(0);
	spare = tables_create(1);
	pool = rte_pktmbuf_pool_create("frames", POOL_MBUFS, POOL_CACHE, 0, POOL_DATA_ROOM, SOCKET_ID_ANY);
	if (wake_fd < 0 || datapath.tables == NULL || spare == NULL || pool == NULL) {
		LOG_ERROR("not enough memory (give more with -m)\n");
		return -ENOMEM;
	}
	ret = control_start(&datapath, &ports, spare, wake_fd);
	if (ret != 0) {
		LOG_ERROR("telemetry: %s\n", strerror(-ret));
		return ret;
	}
	if (options->tables != NULL) {
		ret = control_install(options->tables, message);
		if (ret != 0) {
			LOG_ERROR("%s: %s\n", options->tables, message);
			return ret;
		}
	}
	if (options->shm_memory >= 0) {
		ret = shm_port_open(&shm, options->shm_memory, options->shm_answer, pool, options->shm_segment);
		if (ret != 0) {
			LOG_ERROR("shared memory: %s\n", strerror(-ret));
			return ret;
		}
	}
	ret = ports_start(&ports, options->host_port, pool);
	if (ret == 0) {
		if (idle_us < 0)
			idle_us = ports.count > 0 ? IDLE_US_PORTS : IDLE_US_NO_PORTS;
		LOG_INFO("running, %u ports, process %d\n", ports.count, getpid());
		if (options->ready_fd >= 0 && write(options->ready_fd, &one, sizeof(one)) < 0)
			LOG_ERROR("--ready: %s\n", strerror(errno));
		run(&datapath, &ports, &shm, wake_fd, idle_us);
		LOG_INFO("stopped\n");
	}
	ports_stop(&ports);
	shm_port_close(&shm);
	return ret;
}

int
main(int argc, char **argv)
{
	struct options options;
	int used = rte_eal_init(argc, argv);
	int ret;

	if (used < 0) {
		fprintf(stderr, "triplane: DPDK does not start: %s\n", rte_strerror(rte_errno));
		return EXIT_FAILURE;
	}
	ret = parse_options(&options, argc - used, argv + used);
	if (ret != 0) {
		usage(argv[0]);
	} else {
		catch_signals(&options);
		ret = forward(&options);
	}
	rte_eal_cleanup();
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
