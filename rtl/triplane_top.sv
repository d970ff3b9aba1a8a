// SPDX-License-Identifier: Apache-2.0
// The gateway datapath: parse, acl, route.
//
//            ┌────────── data FIFO ─────────────────────────────┐
//  s_axis ─►ingress                                          rewrite ─► m_axis
//            └─ header ─► parse ─► acl ─► route ─► result FIFO ─┘
//                                            └─► counters
//  s_axil ─► csr ─► shadow tables ─(commit)─► live tables
//
// Stores and forwards: a frame's outcome is known when it has ended. Accepts one beat every cycle for any frame size while the
// output is taken; frames that a pushed tag makes one beat longer are the exception. From the last beat in to the first
// beat out it takes 20 cycles. Every frame leaves as one frame with its outcome in the sideband; with CONTROL.emit_all = 0
// dropped frames vanish instead. A commit makes all shadow tables live between two packets.
`default_nettype none

module triplane_top
  import triplane_pkg::*;
  import datapath_pkg::*;
#(
  parameter int unsigned DATA_FIFO_BEATS = 1024,
  parameter int unsigned FRAMES          = 128,
  parameter int unsigned RULES           = ACL_RULES_RTL,
  parameter int unsigned PREFIXES4       = ROUTES4_RTL,
  parameter int unsigned PREFIXES6       = ROUTES6_RTL,
  parameter int unsigned HOPS            = NEXT_HOPS_RTL
) (
  input  wire logic         clk,
  input  wire logic         rst,

  input  wire logic [511:0] s_axis_tdata,
  input  wire logic [63:0]  s_axis_tkeep,
  input  wire logic         s_axis_tvalid,
  output      logic         s_axis_tready,
  input  wire logic         s_axis_tlast,
  input  wire logic [103:0] s_axis_tuser,     // {port, timestamp, seq}, sampled with the first beat

  output      logic [511:0] m_axis_tdata,
  output      logic [63:0]  m_axis_tkeep,
  output      logic         m_axis_tvalid,
  input  wire logic         m_axis_tready,
  output      logic         m_axis_tlast,
  output      logic [175:0] m_axis_tuser,     // {verdict, reason, egress, acl_rule, next_hop, length, port, timestamp, seq}

  output      logic         s_axil_awready,
  input  wire logic         s_axil_awvalid,
  input  wire logic [7:0]   s_axil_awaddr,
  input  wire logic [2:0]   s_axil_awprot,
  output      logic         s_axil_wready,
  input  wire logic         s_axil_wvalid,
  input  wire logic [31:0]  s_axil_wdata,
  input  wire logic [3:0]   s_axil_wstrb,
  input  wire logic         s_axil_bready,
  output      logic         s_axil_bvalid,
  output      logic [1:0]   s_axil_bresp,
  output      logic         s_axil_arready,
  input  wire logic         s_axil_arvalid,
  input  wire logic [7:0]   s_axil_araddr,
  input  wire logic [2:0]   s_axil_arprot,
  input  wire logic         s_axil_rready,
  output      logic         s_axil_rvalid,
  output      logic [31:0]  s_axil_rdata,
  output      logic [1:0]   s_axil_rresp
);
  localparam int unsigned SLACK = 8;          // beats that may still arrive after `room` has fallen
  localparam int unsigned BEATS_MAX = 256;    // 16 KiB; longer frames are cut off and dropped as OVERSIZE

  if (DATA_FIFO_BEATS < 2 * BEATS_MAX) begin : gen_check
    $fatal(1, "%m: DATA_FIFO_BEATS %0d holds no two frames", DATA_FIFO_BEATS);
  end

  // ---- control ----
  csr_pkg::csr__in_t  hw_in;
  csr_pkg::csr__out_t hw_out;

  csr u_csr (
    .clk,
    .rst,
    .s_axil_awready,
    .s_axil_awvalid,
    .s_axil_awaddr,
    .s_axil_awprot,
    .s_axil_wready,
    .s_axil_wvalid,
    .s_axil_wdata,
    .s_axil_wstrb,
    .s_axil_bready,
    .s_axil_bvalid,
    .s_axil_bresp,
    .s_axil_arready,
    .s_axil_arvalid,
    .s_axil_araddr,
    .s_axil_arprot,
    .s_axil_rready,
    .s_axil_rvalid,
    .s_axil_rdata,
    .s_axil_rresp,
    .hwif_in(hw_in),
    .hwif_out(hw_out)
  );

  table_op_t       op;
  port_entry_t     read_port;
  acl_entry_t      read_rule;
  route4_entry_t   read_route4;
  route6_entry_t   read_route6;
  next_hop_entry_t read_hop;
  counter_entry_t  read_counter;
  logic [7:0][31:0] nonzero;
  logic [511:0]    read_data;
  logic            commit_pending;
  logic            commit_out;
  logic [$clog2(FRAMES):0] frames_held;

  always_comb begin
    op.write = hw_out.TABLE_COMMAND.write.value;
    op.clear = hw_out.TABLE_COMMAND.clear.value;
    op.table_id = hw_out.TABLE_SELECT.table_id.value;
    op.index = hw_out.TABLE_SELECT.index.value;
    for (int unsigned i = 0; i < 16; i++) op.data[32*(15-i)+:32] = hw_out.TABLE_DATA[i].value.value;
    case (op.table_id)
      TABLE_PORT: read_data = {read_port, {512 - PORT_ENTRY_BITS{1'b0}}};
      TABLE_ACL: read_data = read_rule;
      TABLE_ROUTE4: read_data = {read_route4, {512 - ROUTE4_ENTRY_BITS{1'b0}}};
      TABLE_ROUTE6: read_data = {read_route6, {512 - ROUTE6_ENTRY_BITS{1'b0}}};
      TABLE_NEXT_HOP: read_data = {read_hop, {512 - NEXT_HOP_ENTRY_BITS{1'b0}}};
      default: read_data = '0;
    endcase
    for (int unsigned i = 0; i < 16; i++) begin
      hw_in.TABLE_DATA[i].value.next = read_data[32*(15-i)+:32];
      hw_in.TABLE_DATA[i].value.we = hw_out.TABLE_COMMAND.read.value;
    end
    for (int unsigned i = 0; i < 8; i++) hw_in.NONZERO[i].bits.next = nonzero[i];
    hw_in.SIZES.acl.next = 8'(RULES);
    hw_in.SIZES.next_hops.next = 8'(HOPS);
    hw_in.SIZES.route6.next = 8'(PREFIXES6);
    hw_in.SIZES.ports.next = 8'(PORTS);
    hw_in.SIZES4.route4.next = 16'(PREFIXES4);
    hw_in.STATUS.committing.next = commit_pending;
    hw_in.STATUS.frames.next = 16'(frames_held);
    hw_in.PACKETS_LO.value.next = read_counter.packets[31:0];
    hw_in.PACKETS_HI.value.next = read_counter.packets[63:32];
    hw_in.BYTES_LO.value.next = read_counter.bytes[31:0];
    hw_in.BYTES_HI.value.next = read_counter.bytes[63:32];
    hw_in.PACKETS_LO.value.we = hw_out.COUNTER_COMMAND.read.value;
    hw_in.PACKETS_HI.value.we = hw_out.COUNTER_COMMAND.read.value;
    hw_in.BYTES_LO.value.we = hw_out.COUNTER_COMMAND.read.value;
    hw_in.BYTES_HI.value.we = hw_out.COUNTER_COMMAND.read.value;
  end

  always_ff @(posedge clk) begin
    if (rst) commit_pending <= 1'b0;
    else if (hw_out.COMMIT.go.value) commit_pending <= 1'b1;
    else if (commit_out) commit_pending <= 1'b0;
  end

  // ---- data ----
  logic                        room;
  logic                        beat_push, beat_last;
  logic [511:0]                beat_data;
  logic                        header_valid;
  packet_t                     header;
  window_t                     window;
  logic                        parsed_valid, parsed_commit;
  packet_t                     parsed;
  logic                        judged_valid, judged_commit;
  packet_t                     judged;
  logic                        routed_valid;
  result_t                     routed;
  logic                        result_valid, result_pop;
  result_t                     result;
  logic                        head_valid, head_last, head_pop;
  logic [511:0]                head_data;
  logic [$clog2(DATA_FIFO_BEATS):0] beats_held;
  logic [$clog2(FRAMES):0]     results_held;

  // every frame that was let in has a place in the result FIFO, so the header path never has to wait
  always_ff @(posedge clk) begin
    if (rst) begin
      room <= 1'b0;
      frames_held <= '0;
    end else begin
      room <= 32'(beats_held) < DATA_FIFO_BEATS - SLACK && 32'(frames_held) < FRAMES - SLACK;
      if (s_axis_tvalid && s_axis_tready && s_axis_tlast && !result_pop) frames_held <= frames_held + 1'b1;
      if (!(s_axis_tvalid && s_axis_tready && s_axis_tlast) && result_pop) frames_held <= frames_held - 1'b1;
    end
  end

  ingress #(
    .BEATS_MAX(BEATS_MAX)
  ) u_ingress (
    .clk,
    .rst,
    .room,
    .s_tdata(s_axis_tdata),
    .s_tkeep(s_axis_tkeep),
    .s_tvalid(s_axis_tvalid),
    .s_tready(s_axis_tready),
    .s_tlast(s_axis_tlast),
    .s_port(s_axis_tuser[103:96]),
    .s_timestamp(s_axis_tuser[95:32]),
    .s_seq(s_axis_tuser[31:0]),
    .beat_push,
    .beat_data,
    .beat_last,
    .header_valid,
    .header,
    .window
  );

  fifo #(
    .WIDTH(513),
    .DEPTH(DATA_FIFO_BEATS)
  ) u_data_fifo (
    .clk,
    .rst,
    .push(beat_push),
    .push_data({beat_data, beat_last}),
    .pop(head_pop),
    .head({head_data, head_last}),
    .valid(head_valid),
    .count(beats_held)
  );

  parse u_parse (
    .clk,
    .rst,
    .op,
    .read_entry(read_port),
    .in_commit(hw_out.COMMIT.go.value),
    .in_valid(header_valid),
    .in_packet(header),
    .in_window(window),
    .out_commit(parsed_commit),
    .out_valid(parsed_valid),
    .out_packet(parsed)
  );

  acl #(
    .RULES(RULES)
  ) u_acl (
    .clk,
    .rst,
    .op,
    .read_entry(read_rule),
    .enable(hw_out.STAGES.mask.value[STAGE_ACL[2:0]]),
    .default_action(hw_out.ACL_DEFAULT.action.value),
    .in_commit(parsed_commit),
    .in_valid(parsed_valid),
    .in_packet(parsed),
    .out_commit(judged_commit),
    .out_valid(judged_valid),
    .out_packet(judged)
  );

  route #(
    .PREFIXES4(PREFIXES4),
    .PREFIXES6(PREFIXES6),
    .HOPS(HOPS)
  ) u_route (
    .clk,
    .rst,
    .op,
    .read_route4,
    .read_route6,
    .read_hop,
    .enable(hw_out.STAGES.mask.value[STAGE_ROUTE[2:0]]),
    .in_commit(judged_commit),
    .in_valid(judged_valid),
    .in_packet(judged),
    .out_commit(commit_out),
    .out_valid(routed_valid),
    .out_result(routed)
  );

  counters #(
    .RULES(RULES),
    .HOPS(HOPS)
  ) u_counters (
    .clk,
    .rst,
    .clear(hw_out.COUNTER_COMMAND.clear.value),
    .valid(routed_valid),
    .result(routed),
    .read_group(hw_out.COUNTER_SELECT.group.value),
    .read_index(hw_out.COUNTER_SELECT.index.value),
    .read_entry(read_counter),
    .nonzero
  );

  fifo #(
    .WIDTH($bits(result_t)),
    .DEPTH(FRAMES)
  ) u_result_fifo (
    .clk,
    .rst,
    .push(routed_valid),
    .push_data(routed),
    .pop(result_pop),
    .head(result),
    .valid(result_valid),
    .count(results_held)
  );

  rewrite u_rewrite (
    .clk,
    .rst,
    .emit_all(hw_out.CONTROL.emit_all.value),
    .result_valid,
    .result,
    .result_pop,
    .beat_valid(head_valid),
    .beat_data(head_data),
    .beat_last(head_last),
    .beat_pop(head_pop),
    .m_tdata(m_axis_tdata),
    .m_tkeep(m_axis_tkeep),
    .m_tvalid(m_axis_tvalid),
    .m_tready(m_axis_tready),
    .m_tlast(m_axis_tlast),
    .m_tuser(m_axis_tuser)
  );

  a_every_result_has_a_place: assert property (@(posedge clk) disable iff (rst) 32'(results_held) <= FRAMES);

  axis_checker #(
    .USER_BITS(104)
  ) u_check_s (
    .clk,
    .rst,
    .tdata(s_axis_tdata),
    .tkeep(s_axis_tkeep),
    .tvalid(s_axis_tvalid),
    .tready(s_axis_tready),
    .tlast(s_axis_tlast),
    .tuser(s_axis_tuser)
  );

  axis_checker #(
    .USER_BITS(176)
  ) u_check_m (
    .clk,
    .rst,
    .tdata(m_axis_tdata),
    .tkeep(m_axis_tkeep),
    .tvalid(m_axis_tvalid),
    .tready(m_axis_tready),
    .tlast(m_axis_tlast),
    .tuser(m_axis_tuser)
  );
endmodule

`default_nettype wire
