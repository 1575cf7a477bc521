# SPDX-License-Identifier: MIT
# Nanoseconds a packet for each stage of the data path, on one core: build/bin/tests/bench_datapath
add_executable(bench_datapath ${CMAKE_CURRENT_LIST_DIR}/datapath.c)
set_target_properties(bench_datapath PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/tests)
target_link_libraries(bench_datapath PRIVATE hw_core)
