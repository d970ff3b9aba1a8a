"""The DPDK forwarder: its C sources, and the Python that builds, starts and feeds it."""
