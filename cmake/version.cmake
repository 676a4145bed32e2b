# SONDE_VERSION is a compile definition everywhere. The commit is in the generated header
# "sonde_build.h" (SONDE_BUILD), written at build time and touched only when it changes, so that
# the program never names a commit it was not built from.
add_compile_definitions(SONDE_VERSION="${PROJECT_VERSION}")

set(SONDE_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${SONDE_GENERATED_DIR})
find_package(Git QUIET)

add_custom_target(sonde_build_id
	COMMAND ${CMAKE_COMMAND}
		-D GIT=${GIT_EXECUTABLE}
		-D SOURCE_DIR=${CMAKE_SOURCE_DIR}
		-D OUT=${SONDE_GENERATED_DIR}/sonde_build.h
		-P ${CMAKE_SOURCE_DIR}/cmake/write_build_id.cmake
	BYPRODUCTS ${SONDE_GENERATED_DIR}/sonde_build.h
	COMMENT "Asking git for the commit"
	VERBATIM)
