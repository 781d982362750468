#!/bin/sh
# Runs a command in a Linux system that lies in a folder: enter-system.sh PROGRAM [PARAMETER …], with
#   LAYERS       folders of the system, joined by ':', the first one on top; they stay as they are
#   EXECUTABLE   the file that becomes /hearth
#   MODELS       the folder that becomes /models, which cannot be written
#   LACKING      patterns of names that the system's libraries are without
#   EMULATOR     for programs of another processor: a line for binfmt_misc
# Its environment there is HOME alone. It is to be started in a mount namespace of its own, and with EMULATOR in a user
# namespace of its own, too: all that is mounted and registered here goes with the last process in it.
set -eu
umask 022

if [ -n "${EMULATOR:-}" ]; then
  mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
  printf '%s' "$EMULATOR" >/proc/sys/fs/binfmt_misc/register
  extended=userxattr,
fi

mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o "${extended:-}lowerdir=$LAYERS,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
cd /mnt/root

# An unfinished Debian has a link in its place.
[ ! -L proc ] || rm proc
mkdir -p proc dev tmp root models
mount --rbind /proc proc
mount --rbind /dev dev
mount --bind "$MODELS" models
mount -o remount,bind,ro models
: >hearth
mount --bind "$EXECUTABLE" hearth
for pattern in $LACKING; do
  find usr/lib lib/ -name "$pattern" -exec rm -f {} +
done

exec env -i HOME=/root "$(command -v chroot)" . "$@"
