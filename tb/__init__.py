"""The testbench: environment, agents, strategies, scoreboard, coverage and the network-namespace topology."""
