// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/client_sink.hpp"
#include "actors/gateway/prepare.hpp"
#include "actors/simulation/sim_model.hpp"
#include "actors/simulation/sim_options.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/rng.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace troupe {

/// What a simulated client will do.
struct sim_request {
  client_id id;
  time_point at;
  std::shared_ptr<const prepared> what;
  std::uint64_t leaves_after = 0;   ///< Accepted tokens; 0: stays.
  std::uint64_t stalls_after = 0;   ///< Stops reading for a while; 0: never.
  duration patience{0};             ///< Leaves after so long; 0: stays. Another one comes at once.
  errc must_fail_with = errc::none; ///< The only end that it may have.
};

/// `busy_at`: half of the requests come about then, so that a fault meets work. Impatient clients
/// are followed by one with a request of its own, as if somebody had asked again.
[[nodiscard]] std::vector<sim_request> draw_requests(const simulation_options& options,
                                                     const sim_model& model, time_point from,
                                                     time_point busy_at, rng draws);

/// All clients of the simulation, and the oracle of their answers: each accepted token is compared
/// with the one that its context must make (property 1), so are the log probabilities of prompts
/// and embeddings, and every request must end exactly once.
/// Thread: the driver's.
/// Checked: test/sim
class sim_clients final : public client_sink {
public:
  struct calls {
    std::function<void(const std::string& what)> fail;
    std::function<void(client_id who)> leave; ///< Later, not inside the call.
    std::function<void(client_id who)> stall; ///< As leave; then `resumed`.
    std::function<void(std::uint64_t a, std::uint64_t b)> trace;
    std::function<void(client_id who)> told{}; ///< It failed as it had to; may be empty.
  };

  sim_clients(const sim_model& model, calls how) : model_(model), calls_(std::move(how)) {}

  void submitted(const sim_request& what);
  /// False: it has ended already. The gateway may still tell it things until it `knows`.
  bool left(client_id who);
  void gateway_knows(client_id who);
  [[nodiscard]] bool is_live(client_id who) const;
  void resumed(client_id who);
  /// The gateway is gone, and with it every client that has not ended.
  void gateway_lost();

  bool on_delta(client_id who, std::uint32_t choice, const choice_delta& what) override;
  void on_end(client_id who, std::uint32_t choice, finish_reason why,
              const token_usage& used) override;
  void on_error(client_id who, const error& why) override;

  /// Names the first client without an end; empty: all have ended.
  [[nodiscard]] std::string unfinished() const;
  [[nodiscard]] std::uint64_t count_of_ended() const { return ended_; }
  [[nodiscard]] std::uint64_t count_of_left() const { return left_; }
  [[nodiscard]] std::uint64_t count_of_lost() const { return lost_; }
  /// Of those that had to fail so.
  [[nodiscard]] std::uint64_t count_of_told() const { return told_; }
  [[nodiscard]] std::uint64_t accepted_tokens() const { return tokens_; }
  [[nodiscard]] std::uint64_t count_of_embedded() const { return embedded_; }

private:
  enum class state : std::uint8_t { live, ended, left, lost };

  struct answer {
    std::uint64_t history = 0;
    token_list tokens;
    std::uint64_t scored_history = 0;
    std::uint32_t scored = 0; ///< Log probabilities of its prompt that it got.
    bool is_embedded = false;
    bool ended = false;
  };

  struct client {
    sim_request request;
    state now = state::live;
    std::vector<answer> choices;
    std::uint64_t tokens = 0;
    bool is_stalled = false;
    bool is_leaving = false;
    bool gateway_knows = false; ///< That it left.
  };

  /// nullptr: it does not listen; a failure unless it has just left.
  client* live(client_id who, const char* doing);
  [[nodiscard]] bool takes_scores(client& c, std::uint32_t choice,
                                  std::span<const token_logprobs> told);
  void take_embedding(client& c, std::uint32_t choice, std::span<const float> told);
  [[nodiscard]] bool ends_well(const client& c, std::uint32_t choice, finish_reason why) const;
  [[nodiscard]] token_id next_token(const client& c, std::uint32_t choice) const;
  void fail(client_id who, const std::string& what);

  const sim_model& model_;
  calls calls_;
  std::map<client_id, client> clients_;
  std::uint64_t ended_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t tokens_ = 0;
  std::uint64_t embedded_ = 0;
  std::uint64_t told_ = 0;
};

} // namespace troupe
