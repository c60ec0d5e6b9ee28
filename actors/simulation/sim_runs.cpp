// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include "actors/simulation/sim_cluster.hpp"
#include "actors/simulation/sim_directories.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

/// The numbers of an outcome as they cross the pipe; the texts follow.
struct outcome_record {
  std::array<std::uint64_t, 10> numbers{};
  std::array<std::uint64_t, 2> text_sizes{};
};

void write_all(int to, const void* data, std::size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const auto wrote = ::write(to, at, size);
    if (wrote <= 0) {
      return;
    }
    at += wrote;
    size -= static_cast<std::size_t>(wrote);
  }
}

std::string read_all(int from) {
  std::string out;
  std::array<char, 4096> part{};
  for (;;) {
    const auto got = ::read(from, part.data(), part.size());
    if (got <= 0) {
      return out;
    }
    out.append(part.data(), static_cast<std::size_t>(got));
  }
}

std::array<std::uint64_t seed_outcome::*, 10> numbers_of_outcome() {
  return {&seed_outcome::seed,           &seed_outcome::nodes,      &seed_outcome::events,
          &seed_outcome::trace_hash,     &seed_outcome::virtual_ms, &seed_outcome::ended,
          &seed_outcome::left,           &seed_outcome::lost,       &seed_outcome::replaced,
          &seed_outcome::accepted_tokens};
}

std::string pack(const seed_outcome& what) {
  outcome_record record;
  std::size_t at = 0;
  for (const auto member : numbers_of_outcome()) {
    record.numbers[at++] = what.*member;
  }
  record.text_sizes = {what.failure.size(), what.fault.size()};
  std::string out(sizeof record, '\0');
  static_assert(std::is_trivially_copyable_v<outcome_record>);
  __builtin_memcpy(out.data(), &record, sizeof record);
  return out + what.failure + what.fault;
}

bool unpack(const std::string& data, seed_outcome& out) {
  outcome_record record;
  if (data.size() < sizeof record) {
    return false;
  }
  __builtin_memcpy(&record, data.data(), sizeof record);
  if (data.size() != sizeof record + record.text_sizes[0] + record.text_sizes[1]) {
    return false;
  }
  std::size_t at = 0;
  for (const auto member : numbers_of_outcome()) {
    out.*member = record.numbers[at++];
  }
  out.failure = data.substr(sizeof record, record.text_sizes[0]);
  out.fault = data.substr(sizeof record + record.text_sizes[0]);
  return true;
}

struct pipe_ends {
  int read = -1;
  int write = -1;
};

result<pipe_ends> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    return error{.code = errc::io_failed, .text = "no pipe to a simulation's process"};
  }
  return pipe_ends{ends[0], ends[1]};
}

[[noreturn]] void run_child(const simulation_options& options, std::uint64_t seed, int out,
                            int complaints) {
  ::dup2(complaints, STDERR_FILENO);
  // A test's runner must not report the child's end as its own.
  static_cast<void>(std::signal(SIGABRT, SIG_DFL));
  const auto done = run_seed(options, seed);
  if (done) {
    const auto data = pack(*done);
    write_all(out, data.data(), data.size());
  }
  ::_exit(0);
}

} // namespace

result<seed_outcome> run_seed(const simulation_options& options, std::uint64_t seed) {
  const auto mutants = parse_mutant(options.mutant);
  if (!mutants) {
    return mutants.err();
  }
  if (options.scene == simulation_scene::directories) {
    sim_directories cluster(options, *mutants, seed);
    return cluster.run();
  }
  sim_cluster cluster(options, *mutants, seed);
  return cluster.run();
}

result<seed_outcome> run_seed_apart(const simulation_options& options, std::uint64_t seed) {
  if (const auto mutants = parse_mutant(options.mutant); !mutants) {
    return mutants.err();
  }
  const auto answers = make_pipe();
  if (!answers) {
    return answers.err();
  }
  const auto complaints = make_pipe();
  if (!complaints) {
    ::close(answers->read);
    ::close(answers->write);
    return complaints.err();
  }
  const auto child = ::fork();
  if (child == 0) {
    run_child(options, seed, answers->write, complaints->write);
  }
  ::close(answers->write);
  ::close(complaints->write);
  const auto answer = child > 0 ? read_all(answers->read) : std::string{};
  const auto said = child > 0 ? read_all(complaints->read) : std::string{};
  ::close(answers->read);
  ::close(complaints->read);
  if (child < 0) {
    return error{.code = errc::io_failed, .text = "no process for a simulation"};
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  seed_outcome out{.seed = seed};
  if (!unpack(answer, out)) {
    out.failure = "the process ended: " + said.substr(0, said.find('\n'));
  }
  return out;
}

result<simulation_report> run_seeds(const simulation_options& options, const run_plan& plan,
                                    const std::function<void(const seed_outcome&)>& told) {
  simulation_report out;
  for (auto seed = plan.first_seed; seed < plan.first_seed + plan.seeds; ++seed) {
    auto done = run_seed_apart(options, seed);
    if (!done) {
      return done.err();
    }
    if (plan.twice && done->failure.empty()) {
      const auto again = run_seed_apart(options, seed);
      if (!again) {
        return again.err();
      }
      if (again->trace_hash != done->trace_hash) {
        done->failure = "the second run took another course";
      }
    }
    ++out.seeds;
    out.nodes = std::max(out.nodes, done->nodes);
    out.events += done->events;
    out.virtual_ms += done->virtual_ms;
    out.trace_hash = mix64(out.trace_hash, done->trace_hash);
    out.ended += done->ended;
    out.replaced += done->replaced;
    out.accepted_tokens += done->accepted_tokens;
    if (told) {
      told(*done);
    }
    if (!done->failure.empty()) {
      ++out.failed;
      if (out.failures.size() < 16) {
        out.failures.push_back(*done);
      }
      if (plan.stop_at_first) {
        break;
      }
    }
  }
  return out;
}

std::string replay_command(const simulation_options& options, std::uint64_t seed) {
  return "troupe sim --seed " + std::to_string(seed) + " --seeds 1"
         + (options.scene == simulation_scene::directories ? " --scene directories" : "")
         + (options.mutant.empty() ? "" : " --mutant " + options.mutant);
}

} // namespace troupe
