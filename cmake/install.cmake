# SPDX-License-Identifier: MIT
# Where an installation puts things. Sample configuration goes to share/doc: an upgrade must never touch
# what an administrator wrote under /etc/homeward.
set(HOMEWARD_UNIT_DIR lib/systemd/system CACHE PATH "where systemd units go, below the prefix")
set(HOMEWARD_SYSUSERS_DIR lib/sysusers.d CACHE PATH "where the daemons' user is named for systemd-sysusers, below the prefix")

install(TARGETS homeward RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS homeward-server homeward-relay homeward-mux RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})

# The samples name the programs below /usr/local. The prefix is known for sure only when installing
# (cmake --install --prefix), so that is when the units get it.
foreach(unit homeward@.service homeward-server.service homeward-relay.service homeward-mux.service)
  install(CODE "
    file(READ \"${PROJECT_SOURCE_DIR}/examples/systemd/${unit}\" text)
    string(REPLACE /usr/local/bin \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\" text \"\${text}\")
    string(REPLACE /usr/local/sbin \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}\" text \"\${text}\")
    file(CONFIGURE OUTPUT \"${PROJECT_BINARY_DIR}/systemd/${unit}\" CONTENT \"\${text}\" @ONLY)")
  install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit} DESTINATION ${HOMEWARD_UNIT_DIR})
endforeach()

install(FILES examples/systemd/homeward.sysusers DESTINATION ${HOMEWARD_SYSUSERS_DIR} RENAME homeward.conf)
install(FILES examples/server.conf examples/relay.conf examples/mux.conf examples/client.hw
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
