#!/bin/sh
# Install Chromium, which the tests of the pages drive, where that needs no question: as root, or where sudo asks for no
# password. Otherwise name the command. Debian's package is used; a browser that is there already is left as it is.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if [ "$(uname -s)" != Linux ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Chromium is missing: install it with your package manager, then run make test again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "Chromium is missing. Run:  sudo apt-get install chromium" >&2
    exit 1
fi
echo "installing Chromium"
install="$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends"
if ! $install chromium >/dev/null 2>&1; then
    $as_root apt-get update -q >/dev/null
    $install chromium >/dev/null
fi
