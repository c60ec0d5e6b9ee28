// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/bus_seeds.hpp"

#include "messages/registry.hpp"
#include "runtime/codec/codec.hpp"
#include "test/fuzz/bus_script.hpp"

#include <utility>

namespace troupe::test {

namespace {

bytes meets(bool authenticated) {
  return script_writer(authenticated)
      .meet(0)
      .meet(1, hello_flaw::modern)
      .meet(2, hello_flaw::tiny_window)
      .meet(3)
      .time(100)
      .done();
}

// Each call crosses one of ours.
bytes calls_cross() {
  script_writer out(false);
  for (unsigned who = 0; who < 3; ++who) {
    out.step(script_step::dial, who).put(2);
    out.step(script_step::say, who).put(1).put(1);
    out.hello(who, 0); // Its call goes first, or ours if its name is greater.
    if (who % 2 != 0) {
      out.hello(who, hello_flaw::answers);
    }
    out.ready(who).step(script_step::dial, who).put(0).hello(who, 0).ready(who).time(700);
  }
  return out.done();
}

// A call has to wait for ours to be answered; meanwhile another is admitted, and goes nowhere.
bytes call_waits_with_keys() {
  script_writer out(true);
  out.step(script_step::dial, 1).put(2).step(script_step::say, 1).put(1).put(1);
  return out.hello(1, 0).hello(0, hello_flaw::no_endpoints).time(400).ready(1).time(100).done();
}

bytes hellos_are_wrong(bool authenticated) {
  script_writer out(authenticated);
  for (unsigned at = 0; at < 8; ++at) {
    out.hello(at % 4, static_cast<std::uint8_t>(1U << at)).ready(at % 4);
  }
  return out.time(6000).done();
}

bytes asks_and_tells() {
  const auto body = encode(cancel{});
  return script_writer(false)
      .meet(0)
      .message(0, frame_kind::request, status_query::type, 1, 1, encode(status_query{}))
      .message(0, frame_kind::request, status_query::type, 77, 2, encode(status_query{}))
      .message(0, frame_kind::tell, cancel::type, 1, 0, body)
      .step(script_step::say)
      .put(3)
      .put(1)
      .step(script_step::say)
      .put(1)
      .put(1)
      .message(0, frame_kind::response, status_report::type, 1, 1, encode(status_report{}))
      .step(script_step::say)
      .put(129)
      .put(1)
      .time(300)
      .message(0, frame_kind::tell, 9999, 1, 0, body)
      .done();
}

bytes watches_and_ends() {
  return script_writer(false)
      .meet(0)
      .message(0, frame_kind::monitor, 0, 2, 0, {})
      .message(0, frame_kind::monitor, 0, 99, 0, {})
      .step(script_step::watch)
      .put(2)
      .message(0, frame_kind::down, 0, 1, 0, encode_error({.code = errc::peer_gone}))
      .step(script_step::watch)
      .put(2)
      .step(script_step::end_actor)
      .message(0, frame_kind::demonitor, 0, 1, 0, {})
      .message(0, frame_kind::bye, 0, 0, 0, {})
      .done();
}

bytes batches() {
  bytes batch;
  for (std::uint64_t seq = 3; seq < 6; ++seq) {
    append_to_batch(batch, {.kind = frame_kind::ping, .seq = seq}, encode_ping({.next_ms = 40}));
  }
  bytes nested;
  write_frame({.kind = frame_kind::batch}, batch, nested);
  return script_writer(false)
      .meet(0, hello_flaw::modern)
      .step(script_step::frame)
      .put(0)
      .put_bytes(batch)
      .step(script_step::frame)
      .put(0)
      .put_bytes(nested)
      .done();
}

bytes pieces(bool authenticated) {
  const auto body = encode(part{.ordinal = 1});
  script_writer out(authenticated);
  out.meet(0).message(0, frame_kind::tell, part::type, 1, 0, body, 300);
  out.piece(0, 3, 0, 300, 100).piece(0, 3, 100, 300, 200);
  out.piece(0, 4, 0, 50, 50).message(0, frame_kind::tell, part::type, 1, 0, body, 50);
  out.message(0, frame_kind::tell, part::type, 1, 0, body, 60).piece(0, 5, 0, 60, 10);
  return out.time(11'000).done();
}

bytes is_full() {
  script_writer out(false);
  out.meet(2, hello_flaw::tiny_window).step(script_step::clog);
  for (unsigned at = 0; at < 4; ++at) {
    out.step(script_step::say, 2).put(at).put(1);
  }
  return out.message(2, frame_kind::request, status_query::type, 77, 3, encode(status_query{}))
      .step(script_step::clog)
      .message(2, frame_kind::credit, 0, 0, 0, encode_credit({.control_bytes = 50}))
      .step(script_step::flush)
      .step(script_step::lost, 2)
      .done();
}

bytes probes() {
  const node_ref about{.node = {10}, .life = {1}};
  return script_writer(false)
      .meet(0, hello_flaw::modern)
      .meet(1, hello_flaw::modern)
      .message(1, frame_kind::probe, 0, 0, 0, encode_node(about))
      .message(1, frame_kind::witness, 0, 0, 0, encode_node(about))
      .time(900)
      .time(900)
      .done();
}

} // namespace

std::vector<bus_seed> bus_seeds() {
  return {{"meets", meets(false)},
          {"meets_with_keys", meets(true)},
          {"calls_cross", calls_cross()},
          {"call_waits_with_keys", call_waits_with_keys()},
          {"hellos_are_wrong", hellos_are_wrong(false)},
          {"hellos_are_wrong_with_keys", hellos_are_wrong(true)},
          {"asks_and_tells", asks_and_tells()},
          {"watches_and_ends", watches_and_ends()},
          {"batches", batches()},
          {"pieces", pieces(false)},
          {"pieces_with_keys", pieces(true)},
          {"is_full", is_full()},
          {"probes", probes()}};
}

} // namespace troupe::test
