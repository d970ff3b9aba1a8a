"""The whole datapath: stages in order, outcomes and counters."""

from __future__ import annotations

from triplane.models.acl import Acl, apply
from triplane.models.outcome import Counters, Outcome
from triplane.models.packet import Packet
from triplane.models.parse import Decided, Parsed, parse
from triplane.models.route import Router
from triplane.models.tables import Tables, mac_bytes
from triplane.spec.gen.constants import ACL_NONE, NEXT_HOP_NONE, NO_PORT, Counter, Reason, Stage, Verdict


class Datapath:
    """The golden model of the gateway."""

    def __init__(self, tables: Tables) -> None:
        self._counters: dict[tuple[int, int], list[int]] = {}
        self.update(tables)

    def load(self, tables: Tables) -> None:
        """Replace all tables as a whole, set every counter to 0 (R-TBL-1, R-CNT-6)."""
        self.update(tables)
        self._counters.clear()

    def update(self, tables: Tables) -> None:
        """Replace all tables between two packets, keep the counters (R-TBL-4, R-CNT-6)."""
        macs, acl, router = tuple(mac_bytes(port.mac) for port in tables.ports), Acl(tables), Router(tables)
        self._macs, self._acl, self._router = macs, acl, router
        self._runs_acl = bool(tables.stage_mask >> Stage.ACL & 1)  # R-IF-5
        self._runs_route = bool(tables.stage_mask >> Stage.ROUTE & 1)

    def process(self, packet: Packet) -> Outcome:
        """One outcome for one packet (R-IF-2)."""
        return self.process_with_rules(packet)[0]

    def process_with_rules(self, packet: Packet) -> tuple[Outcome, tuple[str, ...]]:
        """The outcome, and the rules that the packet hit in the order in which it hit them; the last one decided."""
        trace: list[str] = []
        acl_rule, next_hop = ACL_NONE, NEXT_HOP_NONE
        verdict, reason, egress, data = Verdict.CONTINUE, Reason.NONE, NO_PORT, packet.data
        self._count(Counter.RX_PORT, packet.port, len(packet.data))  # R-CNT-1
        try:
            parsed: Parsed = parse(packet, self._macs[packet.port], trace)
            if self._runs_acl:
                acl_rule, action = self._acl.lookup(parsed, packet.port)
                self._count(Counter.ACL, acl_rule, len(packet.data))  # R-CNT-4
                apply(action, trace)
            else:
                trace.append("R-IF-5")
            if self._runs_route:
                next_hop = self._router.lookup(parsed)
                egress, data = self._router.forward(packet.data, parsed, next_hop)
                verdict = Verdict.FORWARD
                self._count(Counter.TX_PORT, egress, len(data))  # R-CNT-2
                self._count(Counter.NEXT_HOP, next_hop, len(data))  # R-CNT-5
            else:
                trace += ("R-IF-5", "R-IF-6")
        except Decided as decided:
            verdict, reason = decided.verdict, decided.reason
            self._count(Counter.REASON, reason, len(packet.data))  # R-CNT-3
        return Outcome(verdict, reason, egress, data, acl_rule, next_hop), tuple(trace)

    def counters(self) -> Counters:
        """Everything counted since the last load."""
        return {key: (packets, octets) for key, (packets, octets) in self._counters.items()}

    def _count(self, group: Counter, index: int, length: int) -> None:
        entry = self._counters.setdefault((int(group), int(index)), [0, 0])
        entry[0] += 1
        entry[1] += length
