# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0

# troupe_test(NAME LABEL unit SOURCES a_test.cpp ... DEPENDS troupe::x ... [TIMEOUT seconds]
#   [SKIP expression])
# A case that prints what SKIP matches counts as skipped.
# One executable of doctest cases; every case becomes a CTest test LABEL.NAME.<title>.
if(TROUPE_ENGINE_ONLY)
  # One header, of the system or of a folder beside the tree; its CMake files may be missing.
  find_path(TROUPE_DOCTEST doctest/doctest.h
    HINTS ${CMAKE_SOURCE_DIR}/../doctest ${CMAKE_SOURCE_DIR}/../doctest/include)
  if(TROUPE_DOCTEST)
    add_library(doctest_header INTERFACE)
    target_include_directories(doctest_header SYSTEM INTERFACE ${TROUPE_DOCTEST})
    add_library(doctest::doctest ALIAS doctest_header)
  else()
    message(STATUS "SKIP: doctest not found; there are no tests (../doctest/doctest/doctest.h)")
  endif()
  function(doctest_discover_tests target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TEST_PREFIX" "PROPERTIES")
    string(REGEX REPLACE "[.]$" "" title ${arg_TEST_PREFIX})
    add_test(NAME ${title} COMMAND ${target})
    set_tests_properties(${title} PROPERTIES ${arg_PROPERTIES} TIMEOUT 600)
  endfunction()
else()
  find_package(doctest REQUIRED)
  include(doctest)
endif()

function(troupe_test name)
  if(NOT TARGET doctest::doctest)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;SKIP;TIMEOUT" "SOURCES;DEPENDS;LINKS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  set(skip)
  if(arg_SKIP)
    set(skip SKIP_REGULAR_EXPRESSION ${arg_SKIP})
  endif()
  set(target ${arg_LABEL}_${name}_test)
  add_executable(${target} ${arg_SOURCES} ${CMAKE_SOURCE_DIR}/test/support/doctest_main.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} ${arg_LINKS} doctest::doctest
    troupe_warnings)
  target_compile_definitions(${target} PRIVATE TROUPE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  doctest_discover_tests(${target} TEST_PREFIX "${arg_LABEL}.${name}."
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ${skip})
endfunction()
