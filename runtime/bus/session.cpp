// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace troupe {

namespace {

bool carries_message(frame_kind kind) {
  return kind == frame_kind::tell || kind == frame_kind::request || kind == frame_kind::response;
}

bool takes_credit(const parcel& what) {
  return carries_message(what.head.kind) && what.cls != traffic::free;
}

// One message above its window may be in flight, so that a large one is never stuck.
bool fits(std::uint64_t sent, std::uint64_t returned, std::uint64_t more, std::uint64_t window) {
  const auto in_flight = sent - returned;
  return in_flight == 0 || in_flight + more <= window;
}

std::uint32_t left_ms(time_point deadline, time_point now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, most));
}

constexpr auto busy_within = 30us;
constexpr std::uint32_t busy_from = 4;
constexpr std::size_t batch_bytes_max = 64 * 1024;
/// Larger bodies go by themselves.
constexpr std::size_t batched_bytes_max = 8 * 1024;

/// Of the mutant lane_by_size.
constexpr std::size_t large_message_bytes = 128;

} // namespace

session::session(const setup& how, const bus_limits& limits, const type_table& table,
                 transport& over, std::shared_ptr<wake_gate> gate)
    : how_(how),
      limits_(limits),
      table_(table),
      over_(over),
      pulse_(new session_pulse(std::move(gate))),
      last_out_(over.now() - 1s),
      opened_(last_out_ + 1s),
      alive_(limits, opened_),
      heard_(opened_),
      next_ping_(opened_ + limits.heartbeat) {
  pulse_->control.report_after = limits.control_window_bytes / 4;
  pulse_->bulk.report_after = limits.bulk_window_bytes / 4;
  pulse_->serial = how.serial;
  pulse_->never_dies = how.mutants.session_not_kept || how.mutants.hold_unchecked;
}

void session::say_hello(const hello_body& body) {
  emit_own(frame_kind::hello, encode_hello(body));
}

void session::accept(const origin& remote, const hello_body& body,
                     std::optional<peer_identity> who) {
  remote_ = remote;
  peer_ = body;
  identity_ = std::move(who);
  peer_types_ = body.types;
  std::ranges::sort(peer_types_);
  seq_in_[0] = 1;
  heard_ = over_.now();
  met_ = heard_;
  alive_.heard(heard_);
  emit_own(frame_kind::ready, {}, remote.nonce);
}

bool session::is_credited(const envelope& head) const {
  const auto* entry = table_.find(head.type);
  return carries_message(head.kind) && (entry == nullptr || entry->traffic_class != traffic::free);
}

bool session::peer_knows(wire_type type) const {
  return type == 0 || std::ranges::binary_search(peer_types_, type);
}

bool session::room_for(const parcel& what) const {
  if (!takes_credit(what) || how_.mutants.window_ignored) {
    return true;
  }
  return fits(sent_.control_bytes, returned_.control_bytes, envelope_bytes + what.body.size(),
              peer_.control_window_bytes)
         && fits(sent_.bulk_bytes, returned_.bulk_bytes, what.attachment.size(),
                 peer_.bulk_window_bytes);
}

result<session::fate> session::send(parcel&& what) {
  what.head.attachment_bytes = what.attachment.size();
  const auto is_request = what.head.kind == frame_kind::request;
  if (up_) {
    if (!peer_knows(what.head.type)) {
      return fate::unknown_type;
    }
    const bool overtakes = what.cls == traffic::free || waiting_.empty();
    if (overtakes && room_for(what)) {
      emit(what);
      return fate::taken;
    }
    if (is_request) {
      return fate::no_room;
    }
  } else if (is_request
             && (waiting_.size() >= limits_.waiting_count_max
                 || waiting_bytes_ + what.body.size() > limits_.waiting_bytes_max)) {
    return fate::no_room;
  }
  if (auto queued = enqueue(std::move(what)); !queued) {
    return std::move(queued).err();
  }
  return fate::taken;
}

parcel session::take_waiting(std::list<parcel>::iterator at) {
  auto what = std::move(*at);
  waiting_.erase(at);
  waiting_bytes_ -= what.body.size();
  waiting_attachment_bytes_ -= what.attachment.size();
  if (what.cls == traffic::state) {
    newest_.erase({what.head.type, what.head.source, what.head.target});
  }
  return what;
}

result<void> session::enqueue(parcel what) {
  const bool is_state = what.cls == traffic::state && what.head.kind == frame_kind::tell;
  const state_key key{what.head.type, what.head.source, what.head.target};
  if (const auto older = newest_.find(key); is_state && older != newest_.end()) {
    (void)take_waiting(older->second);
  }
  waiting_bytes_ += what.body.size();
  waiting_attachment_bytes_ += what.attachment.size();
  waiting_.push_back(std::move(what));
  if (is_state) {
    newest_[key] = std::prev(waiting_.end());
  }
  if (waiting_.size() > limits_.waiting_count_max || waiting_bytes_ > limits_.waiting_bytes_max
      || waiting_attachment_bytes_ > limits_.waiting_attachment_bytes_max) {
    return error{.code = errc::overloaded,
                 .text = "the peer takes messages too slowly and its window is full"};
  }
  return {};
}

void session::emit_waiting(std::list<parcel>::iterator at) {
  auto what = take_waiting(at);
  if (peer_knows(what.head.type)) {
    emit(what);
  } else if (!how_.mutants.unknown_forgotten) {
    unknown_.push_back(what.head);
  }
}

void session::flush_waiting() {
  while (up_ && !waiting_.empty() && room_for(waiting_.front())) {
    emit_waiting(waiting_.begin());
  }
}

// Free messages wait for the handshake only: else the next one would overtake those that stand
// behind a message without room.
void session::begin_flowing() {
  for (auto at = waiting_.begin(); up_ && at != waiting_.end();) {
    const auto next = std::next(at);
    if (at->cls == traffic::free) {
      emit_waiting(at);
    }
    at = next;
  }
  flush_waiting();
}

void session::move_waiting_to(session& other) {
  for (auto& what : waiting_) {
    (void)other.enqueue(std::move(what));
  }
  waiting_.clear();
  newest_.clear();
  waiting_bytes_ = 0;
  waiting_attachment_bytes_ = 0;
  other.begin_flowing();
}

void session::emit(parcel& what) {
  if (takes_credit(what)) {
    sent_.control_bytes += envelope_bytes + what.body.size();
    sent_.bulk_bytes += what.attachment.size();
  }
  if (what.deadline != time_point::max()) {
    what.head.deadline_ms = left_ms(what.deadline, over_.now());
  }
  const auto message_seq = seq_out_[0] + 1;
  const auto total = what.attachment.size();
  if (how_.mutants.lane_by_size && total == 0 && what.body.size() > large_message_bytes) {
    emit_frame(lane::bulk, what.head, what.body, {});
    return;
  }
  emit_frame(lane::control, what.head, what.body, {});
  const auto all = what.attachment.view();
  const auto most = std::min(limits_.chunk_bytes,
                             peer_has(feature::large_chunks) ? chunk_bytes_max : chunk_bytes_old);
  for (std::size_t at = 0; at < total; at += most) {
    const envelope head{.kind = frame_kind::chunk,
                        .source = at,
                        .request_id = message_seq,
                        .attachment_bytes = total};
    emit_frame(lane::bulk, head, {},
               blob(what.attachment.owner(), all.subspan(at, std::min(most, total - at))));
  }
}

void session::emit_own(frame_kind kind, bytes_view body, std::uint64_t request_id) {
  emit_frame(lane::control, {.kind = kind, .request_id = request_id}, body, {});
}

// True after so many frames in a row, each soon after the one before.
bool session::is_busy() {
  const auto now = over_.now();
  in_a_row_ = now - last_out_ < busy_within ? in_a_row_ + 1 : 0;
  last_out_ = now;
  return in_a_row_ >= busy_from;
}

void session::gather(const envelope& head, bytes_view body) {
  if (batch_.size() + batched_frame_bytes(body) > batch_bytes_max) {
    flush_batch();
  }
  if (batch_.empty()) {
    batch_.reserve(batch_bytes_max);
    over_.flush_soon();
  }
  append_to_batch(batch_, head, body);
}

// A link that was idle gets its frame at once; while it is busy, frames gather until the
// transport's thread is free or the batch is large.
void session::emit_frame(lane way, envelope head, bytes_view body, blob bulk) {
  head.seq = ++seq_out_[static_cast<std::size_t>(way)];
  ++frames_out_;
  if (way == lane::control && peer_has(feature::batches)) {
    if (body.size() <= batched_bytes_max && (!batch_.empty() || is_busy())) {
      gather(head, body);
      return;
    }
    flush_batch();
  }
  bytes data;
  data.reserve(envelope_bytes + body.size());
  write_frame(head, body, data);
  if (way == lane::bulk) {
    seal(head.seq, data, bulk.view());
  }
  push(way, {.head = blob(std::move(data)), .bulk = std::move(bulk)});
}

void session::flush_batch() {
  if (!batch_.empty()) {
    last_out_ = over_.now();
    push(lane::control, {.head = blob(std::exchange(batch_, {}))});
  }
}

void session::push(lane way, frame data) {
  bytes_out_ += data.head.size() + data.bulk.size();
  auto& waiting = unsent_[static_cast<std::size_t>(way)];
  if (!waiting.empty() || !over_.send(how_.link, way, data)) {
    waiting.push_back(std::move(data));
  }
}

void session::ask_about(const node_ref& node) {
  if (peer_has(feature::probes)) {
    emit_own(frame_kind::probe, encode_node(node));
  }
}

void session::vouch_for(const node_ref& node) {
  emit_own(frame_kind::witness, encode_node(node));
}

void session::flush_link() {
  for (std::size_t at = 0; at < lane_count; ++at) {
    while (!unsent_[at].empty()
           && over_.send(how_.link, static_cast<lane>(at), unsent_[at].front())) {
      unsent_[at].pop_front();
    }
  }
}

void session::bye(const error& why) {
  emit_own(frame_kind::bye, why.code == errc::none ? bytes{} : encode_error(why));
  flush_batch();
  flush_link();
}

credit_body session::in_flight() const {
  return {.control_bytes = sent_.control_bytes - returned_.control_bytes,
          .bulk_bytes = sent_.bulk_bytes - returned_.bulk_bytes};
}

std::uint64_t session::unreturned_bytes() const {
  return taken_.control_bytes - pulse_->control.destroyed.load() + taken_.bulk_bytes
         - pulse_->bulk.destroyed.load();
}

void session::return_credit(bool all) {
  auto& control = pulse_->control;
  auto& bulk = pulse_->bulk;
  while (control.is_due() || bulk.is_due() || all) {
    credit_body now{.control_bytes = control.destroyed.load(), .bulk_bytes = bulk.destroyed.load()};
    const auto more = now.control_bytes - control.reported.exchange(now.control_bytes)
                      + now.bulk_bytes - bulk.reported.exchange(now.bulk_bytes);
    if (how_.mutants.credit_kept) {
      now = {.control_bytes = now.control_bytes / 2, .bulk_bytes = now.bulk_bytes / 2};
    }
    if (more > 0) {
      emit_own(frame_kind::credit, encode_credit(now));
    }
    all = false;
  }
}

time_point session::next_wake() const {
  auto when = up_ ? std::min(next_ping_, alive_.next_wake())
                  : opened_ + std::min(limits_.handshake_max, how_.patience);
  for (const auto& [seq, each] : joins_) {
    when = std::min(when, each.since + limits_.join_max);
  }
  return when;
}

result<void> session::tick(const pulse& own) {
  const auto now = over_.now();
  flush_link();
  if (!up_) {
    if (now >= opened_ + std::min(limits_.handshake_max, how_.patience)) {
      return error{.code = errc::peer_gone, .text = "no answer while connecting"};
    }
    return {};
  }
  switch (alive_.judge(now)) {
    case liveness::verdict::dead:
      return error{.code = errc::peer_gone, .text = std::string(alive_.why_dead(now))};
    case liveness::verdict::suspect:
      suspicion_ = true;
      break;
    case liveness::verdict::fine:
      break;
  }
  for (const auto& [seq, each] : joins_) {
    if (now >= each.since + limits_.join_max) {
      return error{.code = errc::peer_gone, .text = "an attachment stalled on its way"};
    }
  }
  const auto ping = now >= next_ping_;
  return_credit(ping);
  if (ping) {
    const auto ms = [](duration what) {
      return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(what).count());
    };
    emit_own(frame_kind::ping,
             encode_ping({.next_ms = ms(own.heartbeat), .pool_silent_ms = ms(own.pool_silent)}));
    next_ping_ = now + own.heartbeat;
  }
  return {};
}

} // namespace troupe
