# Script (cmake -P): writes OUT with the output of git describe, if it differs from what is there.
cmake_minimum_required(VERSION 3.25)
set(id "")
if(GIT)
	execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} describe --always --dirty --tags
		OUTPUT_VARIABLE id OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT id)
	set(id "unknown")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT
	"/* Generated at build time. */\n#pragma once\n#define SONDE_BUILD \"@id@\"\n" @ONLY)
