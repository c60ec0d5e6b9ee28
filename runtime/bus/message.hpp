// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace troupe {

/// One registered struct behind a type number; immutable, shared, cheap to copy. Local delivery
/// passes the pointer; a link encodes it by the type table.
class message {
public:
  message() = default;
  message(wire_type type, std::shared_ptr<const void> body) : type_(type), body_(std::move(body)) {}

  template <bus_message M>
  static message of(M m) {
    return {M::type, std::make_shared<const M>(std::move(m))};
  }

  [[nodiscard]] wire_type type() const noexcept { return type_; }
  [[nodiscard]] const void* body() const noexcept { return body_.get(); }
  explicit operator bool() const noexcept { return body_ != nullptr; }

  /// nullptr if it is another type.
  template <bus_message M>
  [[nodiscard]] const M* as() const noexcept {
    return type_ == M::type ? static_cast<const M*>(body_.get()) : nullptr;
  }

private:
  wire_type type_ = 0;
  std::shared_ptr<const void> body_;
};

/// Held by everything that arrived in a session: asked at dispatch (`alive`), and its destruction
/// gives the peer its credit back. The bus makes it; local deliveries have none.
class session_hold {
public:
  session_hold() = default;
  session_hold(const session_hold&) = delete;
  session_hold& operator=(const session_hold&) = delete;
  virtual ~session_hold() = default;

  /// Thread: any.
  [[nodiscard]] virtual bool alive() const = 0;

  /// Which session it was, as actor_ref.session. Thread: any.
  [[nodiscard]] virtual std::uint64_t session() const = 0;
};

/// A message on its way into an actor, with what the envelope said.
struct delivery {
  enum class kind : std::uint8_t { tell, request, response };

  actor_ref from;
  kind what = kind::tell;
  std::uint64_t request_id = 0;            ///< Of the sender's requests; 0 for tells.
  message body;                            ///< Empty in a response that is an error.
  error why;                               ///< Set in a response that is an error.
  time_point deadline = time_point::max(); ///< Local time; saves work, decides nothing.
  std::shared_ptr<const session_hold> hold;

  /// What the sender's certificate allows; none: it is of this process, or links are not
  /// authenticated.
  std::optional<std::uint32_t> sender_roles = std::nullopt;
};

/// A message on its way out of an actor.
struct outgoing {
  actor_ref to;
  delivery::kind what = delivery::kind::tell;
  std::uint64_t request_id = 0;
  message body;
  error why;
  time_point deadline = time_point::max();
};

} // namespace troupe
