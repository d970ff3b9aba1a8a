// SPDX-License-Identifier: Apache-2.0
// Two-entry skid buffer: cuts valid, data and ready. Latency 1, one transfer per cycle.
//
//   s_valid/s_data ──►[ head ][ spare ]──► m_valid/m_data
//   s_ready (register) ◄──            ◄── m_ready
`default_nettype none

module axis_skid #(
  parameter int unsigned WIDTH = 8
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic [WIDTH-1:0] s_data,
  input  wire logic             s_valid,
  output      logic             s_ready,
  output      logic [WIDTH-1:0] m_data,
  output      logic             m_valid,
  input  wire logic             m_ready
);
  logic [WIDTH-1:0] spare;
  logic             spare_valid;

  assign s_ready = !spare_valid;

  always_ff @(posedge clk) begin
    if (rst) begin
      m_valid <= 1'b0;
      spare_valid <= 1'b0;
    end else begin
      if (!m_valid || m_ready) begin
        m_valid <= spare_valid || s_valid;
        m_data <= spare_valid ? spare : s_data;
        spare_valid <= 1'b0;
      end else if (s_valid && s_ready) begin
        spare <= s_data;
        spare_valid <= 1'b1;
      end
    end
  end
endmodule

`default_nettype wire
