// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/bus_script.hpp"

#include "test/fuzz/script_place.hpp"

#include <algorithm>

namespace troupe::test {

namespace {

constexpr std::uint64_t steps_max = 512;
constexpr std::uint64_t requests_of_ours = 1'000'000; ///< Their numbers begin there.

class script_run {
public:
  explicit script_run(bytes_view script)
      : script_(script), place_((take() & 1U) != 0, [this](const std::string& what) {
          outcome_.broken = outcome_.broken.empty() ? what : outcome_.broken;
        }) {}

  script_outcome run() {
    while (!script_.empty() && outcome_.steps < steps_max && outcome_.broken.empty()) {
      const auto op = take();
      const auto what = static_cast<script_step>((op & 15U) % (unsigned(script_step::last) + 1));
      do_step(what, (op >> 4U) % peers);
      ++outcome_.steps;
      place_.settle();
    }
    place_.finish();
    outcome_.ups = place_.ups;
    outcome_.delivered = place_.delivered;
    outcome_.answered = place_.answered;
    outcome_.downs = place_.downs;
    outcome_.sent = place_.net().sent;
    return outcome_;
  }

private:
  unsigned take() {
    if (script_.empty()) {
      return 0;
    }
    const auto out = std::to_integer<unsigned>(script_.front());
    script_ = script_.subspan(1);
    return out;
  }
  std::size_t take16() {
    const std::size_t low = take();
    return low | (std::size_t{take()} << 8U);
  }
  bytes take_bytes() {
    const auto wanted = take16();
    const auto size = std::min(wanted, script_.size());
    bytes out(script_.begin(), script_.begin() + static_cast<std::ptrdiff_t>(size));
    script_ = script_.subspan(size);
    return out;
  }

  void do_step(script_step what, unsigned who) {
    auto& peer = place_.peer(who);
    switch (what) {
      case script_step::frame:
        say_frame(peer);
        break;
      case script_step::hello:
        place_.say_hello(who, static_cast<std::uint8_t>(take()));
        break;
      case script_step::ready:
        place_.say(peer, lane::control,
                   {.kind = frame_kind::ready, .request_id = place_.begun(peer).nonce}, {}, {});
        break;
      case script_step::message:
        say_message(peer);
        break;
      case script_step::piece:
        say_piece(peer);
        break;
      case script_step::time:
        pass(who);
        break;
      case script_step::flush:
        place_.core().on_flush();
        break;
      case script_step::lost:
        place_.core().on_lost(place_.begun(peer).link,
                              {.code = errc::peer_gone, .text = "the link broke"});
        break;
      case script_step::clog:
        place_.net().full = !place_.net().full;
        break;
      case script_step::say:
        say(who);
        break;
      case script_step::watch:
        place_.watch(who, take());
        break;
      case script_step::end_actor:
        place_.end_actor();
        break;
      case script_step::dial:
        place_.dial(who, take());
        break;
    }
  }

  void say(unsigned to) {
    const auto kind = take();
    place_.send(to, kind, take());
  }

  // An odd one: the node itself stood still.
  void pass(unsigned who) {
    const auto time = std::chrono::milliseconds(take16());
    if (who % 2 == 0) {
      place_.pass(time);
    } else {
      place_.net().time += time;
      place_.core().on_wake();
    }
  }

  void say_frame(script_peer& peer) {
    const auto how = take();
    const auto way = (how & frame_repair::bulk) != 0 ? lane::bulk : lane::control;
    auto head = take_bytes();
    if ((how & frame_repair::next_seq) != 0 && head.size() >= envelope_bytes) {
      place_.repair(peer, way, head);
    }
    auto bulk = way == lane::bulk ? take_bytes() : bytes{};
    place_.hand(peer, way, std::move(head), std::move(bulk));
  }

  void say_message(script_peer& peer) {
    static constexpr frame_kind kinds[] = {
        frame_kind::tell,      frame_kind::request, frame_kind::response, frame_kind::failure,
        frame_kind::monitor,   frame_kind::down,    frame_kind::probe,    frame_kind::credit,
        frame_kind::demonitor, frame_kind::witness, frame_kind::ping,     frame_kind::bye};
    envelope head;
    head.kind = kinds[take() % std::size(kinds)];
    head.type = static_cast<wire_type>(take16());
    head.target = take();
    head.source = 1;
    head.request_id = take();
    if (head.kind == frame_kind::response || head.kind == frame_kind::failure) {
      head.request_id += requests_of_ours;
    }
    head.attachment_bytes = take16();
    const auto body = take_bytes();
    place_.say(peer, lane::control, head, body, {});
  }

  void say_piece(script_peer& peer) {
    envelope head{.kind = frame_kind::chunk};
    head.request_id = take();
    head.source = take16();
    head.attachment_bytes = take16();
    place_.say(peer, lane::bulk, head, {}, bytes(take16()));
  }

  bytes_view script_;
  script_outcome outcome_;
  script_place place_;
};

} // namespace

script_outcome run_bus_script(bytes_view script) {
  return script_run(script).run();
}

script_writer& script_writer::frame(unsigned who, const envelope& head, bytes_view body,
                                    std::uint8_t repairs) {
  bytes data;
  write_frame(head, body, data);
  return step(script_step::frame, who).put(repairs).put_bytes(data);
}

script_writer& script_writer::message(unsigned who, frame_kind kind, wire_type type,
                                      unsigned target, unsigned id, bytes_view body,
                                      std::size_t attachment) {
  static constexpr std::pair<frame_kind, unsigned> kinds[] = {
      {frame_kind::tell, 0U},    {frame_kind::request, 1U}, {frame_kind::response, 2U},
      {frame_kind::failure, 3U}, {frame_kind::monitor, 4U}, {frame_kind::down, 5U},
      {frame_kind::probe, 6U},   {frame_kind::credit, 7U},  {frame_kind::demonitor, 8U},
      {frame_kind::witness, 9U}, {frame_kind::ping, 10U},   {frame_kind::bye, 11U}};
  const auto* found = std::ranges::find(kinds, kind, &std::pair<frame_kind, unsigned>::first);
  return step(script_step::message, who)
      .put(found == std::end(kinds) ? 0 : found->second)
      .put16(type)
      .put(target)
      .put(id)
      .put16(attachment)
      .put_bytes(body);
}

} // namespace troupe::test
