#!/bin/sh
# WeasyPrint draws text with Pango and subsets fonts with HarfBuzz: both are system libraries.
set -u
missing() {
  for library in "$@"; do
    "${PYTHON:-python3}" -c "import ctypes; ctypes.CDLL('$library')" 2>/dev/null || printf ' %s' "$library"
  done
}
needed="libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz.so.0"
wanted="libharfbuzz-subset.so.0"
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0"

[ "$(uname -s)" = Linux ] || exit 0
[ -z "$(missing $needed $wanted)" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing system libraries: $packages"
  apt-get update -qq || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null || true
fi
lacking=$(missing $needed)
if [ -n "$lacking" ]; then
  echo "softmark needs the system libraries$lacking to make PDFs; on Debian or Ubuntu: sudo apt-get install $packages" >&2
  exit 2
fi
if [ -n "$(missing $wanted)" ]; then
  echo "note: without $wanted a paper takes a second longer; on Debian or Ubuntu: sudo apt-get install libharfbuzz-subset0" >&2
fi
