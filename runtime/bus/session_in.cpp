// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/session.hpp"
#include "runtime/codec/reader.hpp"

#include <utility>

/// The receiving half of a session.
namespace troupe {

namespace {

error broken(std::string text) {
  return {.code = errc::malformed, .text = std::move(text)};
}

constexpr std::size_t joins_max = 16'384;

} // namespace

result<void> session::on_frame(lane way, const frame& data, const receiver& deliver) {
  if (data.head.size() > control_frame_bytes_max) {
    return broken("a frame over the limit");
  }
  bytes_in_ += data.head.size() + data.bulk.size();
  heard_ = over_.now();
  alive_.heard(heard_);
  const auto head = read_envelope(data.head.view());
  if (!head) {
    return head.err();
  }
  if (head->kind != frame_kind::batch) {
    return take_frame(way, *head, data.head, data.bulk, deliver);
  }
  if (way != lane::control || !data.bulk.empty() || !remote_) {
    return broken("a batch out of place");
  }
  return take_batch(data.head, deliver);
}

result<void> session::take_batch(const blob& data, const receiver& deliver) {
  auto rest = data.view().subspan(envelope_bytes);
  while (!rest.empty()) {
    const auto next = next_of_batch(rest);
    if (!next) {
      return next.err();
    }
    const auto head = read_envelope(*next);
    if (!head) {
      return head.err();
    }
    if (head->kind == frame_kind::batch) {
      return broken("a batch in a batch");
    }
    if (auto taken = take_frame(lane::control, *head, blob(data.owner(), *next), {}, deliver);
        !taken) {
      return taken;
    }
  }
  return {};
}

result<void> session::take_frame(lane way, const envelope& head, const blob& data, const blob& bulk,
                                 const receiver& deliver) {
  ++frames_in_;
  auto& last = seq_in_[static_cast<std::size_t>(way)];
  if (how_.mutants.sequence_unchecked) {
    last = head.seq - 1;
  }
  if (head.seq != ++last) {
    return broken("a gap or a double in the sequence of a lane");
  }
  if ((way == lane::bulk) != (head.kind == frame_kind::chunk) && !how_.mutants.lane_by_size) {
    return broken("a frame on the wrong lane");
  }
  // The peer's word that it heard our hello stands before all else on its control lane.
  if (way == lane::control && (head.kind == frame_kind::ready) == up_) {
    return broken(up_ ? "a second ready" : "a frame before the handshake was done");
  }
  switch (head.kind) {
    case frame_kind::chunk:
      return take_chunk(head, bulk, deliver);
    case frame_kind::ready:
      // A hello that came twice, or late, begins a session of which its sender knows nothing.
      if (head.request_id != how_.nonce) {
        return broken("the peer answers another session");
      }
      up_ = true;
      next_ping_ = heard_ + limits_.heartbeat;
      deliver({.head = head, .frame = data});
      begin_flowing();
      return {};
    case frame_kind::hello:
      return broken("a second hello");
    case frame_kind::ping: {
      const auto body = data.view().subspan(envelope_bytes);
      const auto said = body.empty() ? ping_body{} : decode_ping(body);
      if (!said) {
        return said.err();
      }
      alive_.told(*said);
      return {};
    }
    case frame_kind::credit:
      return take_credit(data.view().subspan(envelope_bytes));
    default:
      return take_message({.head = head, .frame = data, .attachment = bulk}, deliver);
  }
}

result<void> session::take_credit(bytes_view body) {
  const auto read = decode_credit(body);
  if (!read) {
    return read.err();
  }
  if (read->control_bytes > sent_.control_bytes || read->bulk_bytes > sent_.bulk_bytes
      || read->control_bytes < returned_.control_bytes || read->bulk_bytes < returned_.bulk_bytes) {
    return broken("credit for what was never sent");
  }
  returned_ = *read;
  flush_waiting();
  return {};
}

std::shared_ptr<const session_hold> session::make_hold(std::uint64_t control_bytes,
                                                       std::uint64_t bulk_bytes) {
  ++holds_made_;
  return std::make_shared<credited_hold>(*pulse_, control_bytes, bulk_bytes);
}

result<void> session::take_message(arrival what, const receiver& deliver) {
  if (!what.attachment.empty()) {
    return broken("bulk bytes on the control lane");
  }
  const auto total = what.head.attachment_bytes;
  if (total > limits_.attachment_bytes_max) {
    return broken("an attachment over the limit");
  }
  if (is_credited(what.head)) {
    taken_.control_bytes += what.frame.size();
    taken_.bulk_bytes += total;
    what.hold = make_hold(what.frame.size(), total);
    if (taken_.control_bytes - pulse_->control.reported.load()
            > limits_.control_window_bytes + control_frame_bytes_max
        || taken_.bulk_bytes - pulse_->bulk.reported.load()
               > limits_.bulk_window_bytes + limits_.attachment_bytes_max) {
      return broken("more in flight than was granted");
    }
  } else if (total > 0) {
    return broken("an attachment without credit");
  } else {
    what.hold = make_hold(0, 0);
  }
  if (total == 0) {
    deliver(std::move(what));
    return {};
  }
  auto& wanted = joins_[what.head.seq];
  if (wanted.total != 0 && wanted.total != total) {
    return broken("an attachment whose sizes disagree");
  }
  if (wanted.total == 0) {
    wanted.since = heard_;
    wanted.total = total;
  }
  if (joins_.size() > joins_max) {
    return broken("too many attachments under way");
  }
  // While it waits it counts with its own bytes: they must not keep a whole batch.
  const auto own = what.frame.view();
  what.frame = blob(bytes(own.begin(), own.end()));
  wanted.message = std::move(what);
  finish_join(wanted.message->head.seq, deliver);
  return {};
}

result<void> session::take_chunk(const envelope& head, const blob& piece, const receiver& deliver) {
  const auto total = head.attachment_bytes;
  if (piece.empty() || piece.size() > chunk_bytes_max || total > limits_.attachment_bytes_max) {
    return broken("a piece of an attachment over the limits");
  }
  auto& wanted = joins_[head.request_id];
  if (wanted.total == 0) {
    wanted.since = heard_;
    wanted.total = total;
  }
  if (joins_.size() > joins_max) {
    return broken("too many attachments under way");
  }
  if (wanted.total != total || head.source != wanted.size()
      || piece.size() > total - wanted.size()) {
    return broken("a piece of an attachment out of place");
  }
  if (wanted.size() == 0) {
    join_bytes_ += total;
    if (join_bytes_ > limits_.bulk_window_bytes + limits_.attachment_bytes_max) {
      return broken("more attachment bytes under way than were granted");
    }
  }
  if (piece.size() == total) {
    wanted.whole = piece;
  } else {
    wanted.data.reserve(total);
    wanted.data.insert(wanted.data.end(), piece.view().begin(), piece.view().end());
  }
  finish_join(head.request_id, deliver);
  return {};
}

void session::finish_join(std::uint64_t seq, const receiver& deliver) {
  const auto at = joins_.find(seq);
  auto& all = at->second;
  const bool whole = all.size() == all.total || (how_.mutants.joined_early && all.size() > 0);
  if (!all.message || !whole) {
    return;
  }
  auto message = *std::move(all.message);
  message.attachment = all.whole.empty() ? blob(std::move(all.data)) : std::move(all.whole);
  join_bytes_ -= all.total;
  joins_.erase(at);
  deliver(std::move(message));
}

} // namespace troupe
