#!/bin/sh
# Installs Hearth: one executable, into a folder of the person who runs this. Needs no root.
#
#   sh install.sh                      the newest version for this machine
#   sh install.sh --help               everything that it can be told
#
# It downloads SHA256SUMS and one archive of a release, refuses what has another sum, and puts the executable in place by a
# rename, so that a running Hearth or an interrupted download never leaves half a file. Everything stands in functions, and the
# last line calls them, between braces: of a script that was cut on its way nothing runs.

set -eu

# The build writes the address of the releases between these quotes; in the repository there is none.
default_releases=''

least_glibc_minor=34

main() {
  # Ranges such as a-z are those of ASCII then, whatever this machine speaks.
  LC_ALL=C
  export LC_ALL
  read_arguments "$@"
  if [ "$uninstall" = yes ]; then
    uninstall
    return
  fi
  check_releases
  choose_tools
  choose_target
  make_work_folder
  choose_version
  fetch_executable
  try_executable
  put_in_place
  say_what_is_next
}

usage() {
  cat <<'END'
Installs Hearth into ~/.local/bin, or as root into /usr/local/bin.

Usage: install.sh [OPTIONS]
  --version V      this version; without it the newest
  --cpu            the build for processors alone, also where an NVIDIA driver is
  --cuda           the build for NVIDIA GPUs (taken by itself where their driver is)
  --vulkan         the build for GPUs with Vulkan
  --target NAME    just this build: linux-x64, linux-x64-cuda, linux-arm64, macos-arm64 …
  --dir DIR        the folder that the executable goes to
  --releases URL   the address below which releases lie; also HEARTH_RELEASES_URL
  --uninstall      remove the executable; models and settings stay
  --help           print this text
END
}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "install.sh: $*"
  exit 1
}

misuse() {
  say "install.sh: $*; --help says what can be"
  exit 2
}

read_arguments() {
  version='' device='' target='' folder='' uninstall='no'
  releases=${HEARTH_RELEASES_URL:-$default_releases}
  while [ $# -gt 0 ]; do
    option=$1
    case $option in
      --*=*) value=${option#*=} option=${option%%=*} has_value=yes ;;
      *) value='' has_value=no ;;
    esac
    case $option in
      --version | --target | --dir | --releases)
        if [ "$has_value" = no ]; then
          [ $# -ge 2 ] || misuse "$option wants a value"
          value=$2
          shift
        fi
        [ -n "$value" ] || misuse "$option wants a value"
        ;;
      *) [ "$has_value" = no ] || misuse "$option takes no value" ;;
    esac
    case $option in
      --version) version=${value#v} ;;
      --target) target=$value ;;
      --dir) folder=$value ;;
      --releases) releases=$value ;;
      --cpu | --cuda | --vulkan)
        [ -z "$device" ] || misuse "say one of --cpu, --cuda and --vulkan"
        device=${option#--}
        ;;
      --uninstall) uninstall='yes' ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) misuse "it knows no '$1'" ;;
    esac
    shift
  done
  [ -z "$target" ] || [ -z "$device" ] || misuse "--target already says what --$device does"
  [ -z "$version" ] || is_version "$version" || misuse "'$version' is no version like 1.2.3"
  case $target in *[!a-z0-9-]*) misuse "'$target' is no build" ;; esac
  choose_folder
}

is_version() {
  case $1 in
    *[!0-9A-Za-z.+-]*) return 1 ;;
    [0-9]*.[0-9]*.[0-9]*) return 0 ;;
    *) return 1 ;;
  esac
}

choose_folder() {
  if [ -z "$folder" ]; then
    if [ "$(id -u)" = 0 ]; then
      folder=/usr/local/bin
    else
      [ -n "${HOME:-}" ] || fail "HOME is not set; say with --dir where Hearth goes"
      folder=$HOME/.local/bin
    fi
  fi
  # A shell leaves the tilde as it stands in --dir=~/bin.
  case $folder in
    \~ | \~/*)
      [ -n "${HOME:-}" ] || fail "HOME is not set, and '$folder' begins with it"
      folder=$HOME${folder#\~}
      ;;
  esac
  # A relative folder, also one that begins with a dash, is one of the current folder's.
  case $folder in /*) ;; *) folder=$(pwd)/$folder ;; esac
  while [ "$folder" != / ] && [ "${folder%/}" != "$folder" ]; do folder=${folder%/}; done
  installed=${folder%/}/hearth
}

# Whoever is on the way could change what comes by http; this machine alone is asked by it.
check_releases() {
  while [ "${releases%/}" != "$releases" ]; do releases=${releases%/}; done
  [ -n "$releases" ] || misuse "nobody has said where releases lie: give --releases URL, or set HEARTH_RELEASES_URL"
  rest=${releases#*://}
  host=${rest%%/*}
  case $releases in *[!A-Za-z0-9:/._~%@+\[\]-]*) misuse "'$releases' is no address" ;; esac
  case $host in
    '') misuse "'$releases' is no address" ;;
    *@*) misuse "an address has no name and no password: it would stand in lists of processes" ;;
  esac
  is_local=no
  case $releases in
    https://*) ;;
    http://*)
      case $host in
        localhost | localhost:* | 127.0.0.1 | 127.0.0.1:* | '[::1]' | '[::1]':*) is_local=yes ;;
        *) misuse "releases are fetched by https only, and '$releases' is not" ;;
      esac
      ;;
    *) misuse "'$releases' is no address that begins with https://" ;;
  esac
}

have() { command -v "$1" >/dev/null 2>&1; }

choose_tools() {
  if have curl && { ! is_snap curl || ! have wget; }; then
    downloader=curl
  elif have wget; then
    downloader=wget
    check_wget
  else
    fail "neither curl nor wget is here; install one of them"
  fi
  if have sha256sum; then
    summer=sha256sum
  elif have shasum; then
    summer=shasum
  elif have openssl; then
    summer=openssl
  else
    fail "neither sha256sum nor shasum nor openssl is here, so that nothing can be checked; install one of them"
  fi
}

# Ubuntu offers curl as a snap, which may not write into folders whose name begins with a dot.
is_snap() {
  case $(command -v "$1") in /snap/*) return 0 ;; *) return 1 ;; esac
}

check_wget() {
  [ "$is_local" = no ] || return 0
  case $(wget --help 2>&1 || true) in
    *BusyBox*) fail "the wget that is here, busybox's, does not check who answers; install curl or GNU wget" ;;
  esac
}

# download URL FILE: the whole file or a failure.
download() {
  if [ "$downloader" = wget ]; then
    # No -T: the wget of busybox 1.35 crashes at it.
    (
      if [ "$is_local" = yes ]; then unset http_proxy; fi
      wget -q -O "$2" "$1"
    ) || fail "$1 could not be downloaded"
    return
  fi
  # Square brackets are those of an IPv6 address, no list of addresses.
  set -- "$1" "$2" --globoff --fail --location --retry 3 --connect-timeout 30 --speed-limit 1000 --speed-time 60
  if [ "$is_local" = yes ]; then
    set -- "$@" --proto '=http,https' --noproxy '*'
  else
    # Also of a redirection.
    set -- "$@" --proto '=https' --proto-redir '=https' --tlsv1.2
  fi
  if [ -t 2 ]; then set -- "$@" --progress-bar; else set -- "$@" --silent --show-error; fi
  from=$1 to=$2
  shift 2
  curl "$@" --output "$to" -- "$from" || fail "$from could not be downloaded"
}

sum_of() {
  case $summer in
    sha256sum) line=$(sha256sum <"$1") ;;
    shasum) line=$(shasum -a 256 <"$1") ;;
    openssl) line=$(openssl dgst -sha256 -r <"$1") ;;
  esac
  printf '%s' "${line%% *}"
}

choose_target() {
  is_chosen_for_driver=no
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    MINGW* | MSYS* | CYGWIN* | Windows_NT) fail "this is for Linux and macOS; Windows has install.ps1 beside it" ;;
    *) fail "there is no build for $system; Linux, macOS and Windows have one" ;;
  esac
  case $machine in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail "there is no build for processors of the kind $machine; x86-64 and 64-bit ARM have one" ;;
  esac
  # Rosetta tells programs for Intel that the processor is one.
  if [ "$system" = macos ] && [ "$(sysctl -n hw.optional.arm64 2>/dev/null || echo 0)" = 1 ]; then machine=arm64; fi
  if [ "$system" = linux ]; then check_linux; fi
  [ -z "$target" ] || return 0
  target=$system-$machine
  case $device in
    cuda | vulkan)
      [ "$target" = linux-x64 ] || fail "there is no build with --$device for $target"
      target=$target-$device
      ;;
    '') prefer_cuda ;;
  esac
}

check_linux() {
  # A kernel of 64 bits says nothing of the programs, as on some Raspberry Pis.
  if [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 32 ]; then
    fail "this system has programs of 32 bits only; Hearth needs one of 64"
  fi
  instead="use Hearth in a container (its Dockerfile), or on Debian 12, Ubuntu 22.04, RHEL 9 or newer"
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>&1 || true)
  case $libc in
    *musl*) fail "Hearth needs glibc 2.$least_glibc_minor or newer, and this system has musl: $instead" ;;
    glibc\ *) libc=${libc#glibc } ;;
    *)
      # "ldd (Debian GLIBC 2.36-9+deb12u9) 2.36", and lines of a licence.
      libc=$(printf '%s\n' "$libc" | sed -n '1s/.* //p')
      ;;
  esac
  major=${libc%%.*} minor=${libc#*.}
  minor=${minor%%[!0-9]*}
  case $major-$minor in
    -* | *- | *[!0-9-]*)
      say "Which glibc this system has cannot be told; Hearth needs 2.$least_glibc_minor or newer."
      return
      ;;
  esac
  if [ "$major" -lt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -lt $least_glibc_minor ]; }; then
    fail "Hearth needs glibc 2.$least_glibc_minor or newer, and this system has $libc: $instead"
  fi
}

prefer_cuda() {
  has_nvidia_driver || return 0
  if [ "$target" = linux-x64 ]; then
    target=linux-x64-cuda
    is_chosen_for_driver=yes
    say "The NVIDIA driver is here, so this takes the build with CUDA; --cpu takes the other one."
  elif [ "$system" = linux ]; then
    say "The NVIDIA driver is here, but there is no build with CUDA for $target; models run on the processor."
  fi
}

has_nvidia_driver() {
  [ "$system" = linux ] || return 1
  [ ! -e /proc/driver/nvidia/version ] || return 0
  for tool in nvidia-smi /usr/lib/wsl/lib/nvidia-smi; do
    if have "$tool" && [ -n "$("$tool" -L 2>/dev/null || true)" ]; then return 0; fi
  done
  return 1
}

make_work_folder() {
  if [ -d "$installed" ]; then fail "$installed is a folder"; fi
  case $(readlink "$installed" 2>/dev/null || true) in
    */Cellar/*) fail "$installed is Homebrew's: brew upgrade hearth brings a newer one" ;;
  esac
  mkdir -p "$folder" 2>/dev/null || fail "the folder $folder cannot be made; choose another one with --dir"
  # Beside the place that the file goes to: a rename is possible, and a full disk is met before anything is changed.
  work=''
  trap remove_work_folder EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  work=$(mktemp -d "${folder%/}/.hearth-install.XXXXXX" 2>/dev/null) ||
    fail "nothing can be written into $folder; choose another folder with --dir, or run this as root"
}

remove_work_folder() { if [ -n "$work" ]; then rm -rf "$work"; fi; }

# Finds the version, and the sums of its files. Of the newest one only the sums are asked for by that name: what follows comes
# from one version, also when a newer one appears meanwhile.
choose_version() {
  sums=$work/SHA256SUMS
  if [ -n "$version" ]; then
    download_sums "$releases/download/v$version/SHA256SUMS"
    [ -n "$(targets_in_sums)" ] || fail "$sums_from does not list Hearth $version"
  else
    download_sums "$releases/latest/download/SHA256SUMS"
    version=$(version_in_sums)
    is_version "$version" || fail "$sums_from does not list a release of Hearth"
  fi
  if [ "$is_chosen_for_driver" = yes ] && ! is_published; then
    say "Hearth $version has no build with CUDA; this takes the one for processors."
    target=linux-x64
  fi
  is_published || fail "Hearth $version has no build $target; it has: $(targets_in_sums)"
}

# What is no list of sums at all may be the page of a network that wants a login. A name with a slash is in no release, and of
# two sums for one name nobody knows the right one. Some ways of copying make each end of a line one of Windows.
download_sums() {
  sums_from=$1
  download "$sums_from" "$work/sums"
  tr -d '\r' <"$work/sums" >"$sums"
  if ! [ -s "$sums" ] || grep -qvE '^[0-9a-f]{64} [ *][A-Za-z0-9][A-Za-z0-9._+-]*$' "$sums"; then
    fail "$sums_from is no list of SHA-256 sums, so that nothing can be checked"
  fi
  twice=$(sed 's/ [ *]/ /' "$sums" | sort -u | sed 's/^.* //' | sort | uniq -d | sed -n 1p)
  [ -z "$twice" ] || fail "$sums_from has two sums for $twice, so that nothing can be checked"
}

# Lines are "<sum>  <name>", the name perhaps behind a star; the last one may lack its end.
version_in_sums() {
  found=''
  while read -r _ name || [ -n "$name" ]; do
    name=${name#\*}
    case $name in
      hearth-[0-9]*-"$system-$machine".tar.xz)
        name=${name#hearth-}
        printf '%s' "${name%-"$system-$machine".tar.xz}"
        return
        ;;
      hearth-[0-9]*.tar.xz) found=${name#hearth-} ;;
    esac
  done <"$sums"
  # A release without the plain build for this machine.
  case $found in *-linux-* | *-macos-*)
    found=${found%%-linux-*}
    printf '%s' "${found%%-macos-*}"
    ;;
  esac
}

targets_in_sums() {
  list=''
  while read -r _ name || [ -n "$name" ]; do
    name=${name#\*}
    case $name in
      "hearth-$version-"*.tar.xz)
        name=${name#hearth-"$version"-}
        list="$list ${name%.tar.xz}"
        ;;
    esac
  done <"$sums"
  printf '%s' "${list# }"
}

# expected_sum NAME: of a file of the release; nothing where there is none.
expected_sum() {
  while read -r sum name || [ -n "$name" ]; do
    if [ "${name#\*}" = "$1" ]; then
      printf '%s' "$sum"
      return
    fi
  done <"$sums"
}

is_published() {
  [ -n "$(expected_sum "hearth-$version-$target.tar.xz")" ] || [ -n "$(expected_sum "hearth-$target")" ]
}

# The archive where it can be unpacked, for it is smaller; otherwise the executable as it is. It lies at $work/hearth then.
fetch_executable() {
  archive=hearth-$version-$target.tar.xz
  if can_unpack && [ -n "$(expected_sum "$archive")" ]; then
    fetch_checked "$archive" "$work/archive"
    unpack "$work/archive" "hearth-$version-$target/hearth"
  else
    [ -n "$(expected_sum "hearth-$target")" ] || fail "xz is needed to unpack $archive; install xz (xz-utils)"
    fetch_checked "hearth-$target" "$work/hearth"
  fi
}

# Apple's tar unpacks xz by itself.
can_unpack() { [ "$system" = macos ] || { have xz && have tar; }; }

# As root, tar would give the files to whoever has the number of who made the archive, but for its option o.
unpack() {
  if [ "$system" = macos ]; then
    tar -xJof "$1" -C "$work" "$2" || fail "the archive could not be unpacked; is the disk full?"
  else
    xz -dc <"$1" >"$work/archive.tar" || fail "the archive could not be unpacked; is the disk full?"
    tar -xof "$work/archive.tar" -C "$work" "$2" || fail "the archive could not be unpacked; is the disk full?"
  fi
  mv "$work/$2" "$work/hearth"
}

fetch_checked() {
  say "Downloading $1 …"
  download "$releases/download/v$version/$1" "$2"
  expected=$(expected_sum "$1")
  actual=$(sum_of "$2")
  if [ "$actual" != "$expected" ]; then
    fail "$1 is not what was published, and is not installed: its SHA-256 is $actual, and should be $expected"
  fi
}

# Before the old one is gone: does it run here at all?
try_executable() {
  chmod 755 "$work/hearth"
  found=$("$work/hearth" version 2>"$work/errors" </dev/null || true)
  [ "$found" != "$version" ] || return 0
  if is_version "$found"; then fail "what is published as Hearth $version is Hearth $found, and is not installed"; fi
  say "The executable of $target does not run on this machine, and is not installed:"
  sed -n '1,5p' "$work/errors" >&2
  fail "a folder in which programs may run (--dir), or another build (--target), may be what is needed"
}

put_in_place() {
  if [ -e "$installed" ]; then was_there=yes; else was_there=no; fi
  mv -f "$work/hearth" "$installed"
  if [ "$was_there" = yes ]; then
    say "Hearth $version ($target) has taken the place of what was in $installed. A server that runs stays as it is until it is started again."
  else
    say "Hearth $version ($target) is installed: $installed"
  fi
}

say_what_is_next() {
  case :${PATH:-}: in
    *":$folder:"*)
      first=$(command -v hearth || true)
      if [ -n "$first" ] && [ "$first" != "$installed" ]; then
        say "Another one comes first in PATH: $first"
      fi
      say "Type: hearth"
      ;;
    *)
      say_how_into_path
      ;;
  esac
  case $target in *-cuda) say "hearth doctor says whether the GPU can be used, and what is missing if it cannot." ;; esac
}

say_how_into_path() {
  case $folder in
    *[\'\"\$\`\\:]*)
      say "The folder is not in PATH, and its name has a letter that means something else there. Type: $installed"
      return
      ;;
  esac
  say "The folder is not in PATH. Type this once, and open a new terminal:"
  case ${SHELL:-} in
    */fish) say "  fish_add_path '$folder'" ;;
    */zsh) say "  echo 'export PATH=\"$folder:\$PATH\"' >> ~/.zshrc" ;;
    # Terminals of macOS start login shells, and bash reads another file for those.
    */bash)
      if [ "$system" = macos ]; then profile=.bash_profile; else profile=.bashrc; fi
      say "  echo 'export PATH=\"$folder:\$PATH\"' >> ~/$profile"
      ;;
    *) say "  export PATH=\"$folder:\$PATH\"    # in the file that your shell reads at its start" ;;
  esac
}

uninstall() {
  if [ -d "$installed" ]; then fail "$installed is a folder"; fi
  if [ ! -e "$installed" ] && [ ! -h "$installed" ]; then fail "there is no $installed; --dir says where it is"; fi
  case $(readlink "$installed" 2>/dev/null || true) in
    */Cellar/*) fail "$installed is Homebrew's: brew uninstall hearth removes it" ;;
  esac
  check_services
  rm -f "$installed" 2>/dev/null || fail "$installed may not be removed; run this as root, or name another folder with --dir"
  say "$installed is removed. Models and settings stay where they are:"
  say "  ${HEARTH_HOME:-$(data_folder)}"
}

# A service whose program is gone would be started again and again.
check_services() {
  job=Library/LaunchAgents/local.hearth.plist
  for file in "${XDG_CONFIG_HOME:-${HOME:-}/.config}/systemd/user/hearth.service" /etc/systemd/system/hearth.service \
    "${HOME:-}/$job" /Library/LaunchDaemons/local.hearth.plist; do
    if [ -r "$file" ] && grep -qF "$installed" "$file"; then
      fail "a service runs it ($file): type first $installed service uninstall"
    fi
  done
}

data_folder() {
  case $(uname -s) in
    Darwin) printf '%s' "${HOME:-~}/Library/Application Support/hearth" ;;
    *) printf '%s' "${XDG_DATA_HOME:-${HOME:-~}/.local/share}/hearth" ;;
  esac
}

{ main "$@"; }
