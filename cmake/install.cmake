# SPDX-License-Identifier: MIT
# Where an installation puts things. Configuration goes to share/doc as samples: an upgrade must never
# touch what an administrator wrote under /etc/homeward.
set(HOMEWARD_UNIT_DIR ${CMAKE_INSTALL_PREFIX}/lib/systemd/system CACHE PATH "where systemd units go")

install(TARGETS homeward RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS homeward-server RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})

# The samples name the programs where a plain installation has them.
foreach(unit homeward@.service homeward-server.service)
  file(READ examples/systemd/${unit} text)
  string(REPLACE /usr/local/bin ${CMAKE_INSTALL_FULL_BINDIR} text "${text}")
  string(REPLACE /usr/local/sbin ${CMAKE_INSTALL_FULL_SBINDIR} text "${text}")
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/systemd/${unit} CONTENT "${text}" @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit} DESTINATION ${HOMEWARD_UNIT_DIR})
endforeach()

install(FILES examples/server.conf examples/client.hw
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
