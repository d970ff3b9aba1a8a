"""The pyuvm environment: one agent per plane, one scoreboard, one coverage collector.

                     +-- PlaneAgent(model) --+
    PlayVirtualSeq --+-- PlaneAgent(rtl)   --+--> Scoreboard --> RuleCoverage
                     +-- PlaneAgent(xdp)   --+
                     +-- PlaneAgent(dpdk)  --+
                        sequencer -> driver -> Port

Every agent gets the same scenario object; the drivers differ only in the Port that they were given. The scoreboard
hears every agent on its analysis port and judges when all planes have delivered.
"""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import Combine
from pyuvm import (
    uvm_agent,
    uvm_analysis_port,
    uvm_component,
    uvm_driver,
    uvm_env,
    uvm_sequence,
    uvm_sequence_item,
    uvm_sequencer,
    uvm_subscriber,
)

from triplane.tb.agents.port import Port
from triplane.tb.coverage import RuleCoverage
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Judged, Mismatch, Reference, judge


class PlayItem(uvm_sequence_item):
    """One scenario on its way to one plane; the driver leaves an error here when the plane fails."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__("play")
        self.scenario = scenario
        self.error: Exception | None = None


class PlaySequence(uvm_sequence):
    """Sends one scenario to one agent."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__("play_sequence")
        self.item = PlayItem(scenario)

    async def body(self) -> None:
        await self.start_item(self.item)
        await self.finish_item(self.item)


class PlaneDriver(uvm_driver):
    """Takes scenarios from the sequencer, plays them on the port, publishes what came out."""

    port: Port

    def build_phase(self) -> None:
        self.delivered = uvm_analysis_port("delivered", self)

    async def run_phase(self) -> None:
        while True:
            item = await self.seq_item_port.get_next_item()
            try:
                self.delivered.write((self.port.name, await self.port.play(item.scenario)))
            except Exception as error:  # the sequence re-raises it where the test can see it
                item.error = error
            self.seq_item_port.item_done()


class PlaneAgent(uvm_agent):
    """Sequencer and driver of one plane."""

    def __init__(self, name: str, parent: uvm_component, port: Port) -> None:
        super().__init__(name, parent)
        self.port = port

    def build_phase(self) -> None:
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = PlaneDriver("driver", self)
        self.driver.port = self.port

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)


class Scoreboard(uvm_subscriber):
    """Collects one delivery per plane and judges them against the model's."""

    def build_phase(self) -> None:
        self.delivered: dict[str, Judged] = {}

    def write(self, item: Any) -> None:
        name, judged = item
        if name in self.delivered:
            raise RuntimeError(f"{name} delivered twice for one scenario")
        self.delivered[name] = judged

    def verdict(self, scenario: Scenario, planes: set[str]) -> tuple[Reference, list[Mismatch]]:
        """Judge and forget the deliveries of one scenario. Raises RuntimeError when a plane kept silent."""
        delivered, self.delivered = self.delivered, {}
        if silent := planes - delivered.keys():
            raise RuntimeError(f"nothing was delivered by {', '.join(sorted(silent))}")
        reference = delivered.pop("model")
        assert isinstance(reference, Reference)
        return reference, judge(scenario.packets, reference, delivered)


class Env(uvm_env):
    """All planes side by side."""

    def __init__(self, name: str, parent: uvm_component, ports: list[Port], coverage: RuleCoverage) -> None:
        super().__init__(name, parent)
        self.ports = ports
        self.coverage = coverage
        self.last: dict[str, Judged] = {}

    def build_phase(self) -> None:
        self.agents = {port.name: PlaneAgent(port.name, self, port) for port in self.ports}
        self.scoreboard = Scoreboard("scoreboard", self)

    def connect_phase(self) -> None:
        for agent in self.agents.values():
            agent.driver.delivered.connect(self.scoreboard.analysis_export)

    async def play(self, scenario: Scenario) -> list[Mismatch]:
        """Run one scenario on every plane side by side and judge it. Raises what a plane raised."""
        self.scoreboard.delivered.clear()
        sequences = {name: PlaySequence(scenario) for name in self.agents}
        await Combine(*(cocotb.start_soon(sequence.start(self.agents[name].sequencer)) for name, sequence in sequences.items()))
        for sequence in sequences.values():
            if sequence.item.error is not None:
                self.scoreboard.delivered.clear()
                raise sequence.item.error
        self.last.clear()
        self.last.update(self.scoreboard.delivered)
        reference, mismatches = self.scoreboard.verdict(scenario, set(self.agents))
        wrong = {mismatch.plane for mismatch in mismatches}
        self.coverage.sample((name for name in self.agents if name not in wrong), reference.rules)
        return mismatches
