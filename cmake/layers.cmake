# SPDX-License-Identifier: MIT
# hw_layer(NAME SOURCES ... USES lib ...): a static library that is also linked, whole, against only
# what it USES. A layer that reaches for something it may not have fails right here.
function(hw_layer name)
  cmake_parse_arguments(L "" "" "SOURCES;USES" ${ARGN})
  add_library(${name} STATIC ${L_SOURCES})
  target_link_libraries(${name} PUBLIC hw_flags ${L_USES})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/layer_main.c "int main(void) { return 0; }\n")
  add_executable(layer_${name} ${CMAKE_CURRENT_BINARY_DIR}/layer_main.c)
  set_target_properties(layer_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} EXCLUDE_FROM_ALL FALSE)
  target_link_libraries(layer_${name} PRIVATE
    -Wl,--whole-archive $<TARGET_FILE:${name}> -Wl,--no-whole-archive hw_flags ${L_USES}
    -Wl,--no-undefined)
  add_dependencies(layer_${name} ${name})
endfunction()
