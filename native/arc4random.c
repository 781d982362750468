/* For the C++ runtime that executables carry: std::random_device of a compiler on glibc 2.36 or newer takes arc4random,
   which older ones do not have. It is linked into libstdc++.so.6 and seen by nobody else. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

__attribute__((visibility("hidden"))) uint32_t arc4random(void)
{
  uint32_t number;
  while (getrandom(&number, sizeof number, 0) != sizeof number)
    if (errno != EINTR)
      __builtin_trap(); /* As glibc does: no answer is better than one that can be foretold. */
  return number;
}
