"""Agents: one per plane, all behind one interface."""
