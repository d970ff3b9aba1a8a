"""Hypothesis strategies that solve for the corners where real datapaths broke."""
