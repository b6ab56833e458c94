#!/bin/sh
# WeasyPrint draws text with Pango and subsets fonts with HarfBuzz: both are system libraries.
set -u
missing=""
for library in libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0; do
  python3 -c "import ctypes; ctypes.CDLL('$library')" 2>/dev/null || missing="$missing $library"
done
[ -z "$missing" ] && exit 0
[ "$(uname -s)" = Linux ] || exit 0
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing$missing (apt-get install $packages)"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null && exit 0
fi
echo "softmark needs the system libraries$missing; on Debian or Ubuntu: sudo apt-get install $packages" >&2
exit 2
