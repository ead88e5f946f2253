// For count_server.cpp, which is built from this folder alone, too.
#pragma once
#include "../../basics.hpp"
