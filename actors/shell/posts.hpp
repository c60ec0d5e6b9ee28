// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <memory>

/// What is posted to a core's shell besides what the bus posts (runtime/bus/posts.hpp).
namespace troupe {

/// Tells a shell who it is and hands it its core; sent once, right after it was attached.
struct shell_start {
  actor_ref self;
  std::shared_ptr<void> core;
};

/// The time a core asked to be woken at has come.
struct wake {};

/// The actor's work is over.
struct quit {};

/// A completion of something that is no actor (engine, HTTP, a child process), as a call of the
/// core inside its actor.
struct posted {
  std::function<void(void* core, context& cx)> call;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::shell_start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::quit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::posted)
