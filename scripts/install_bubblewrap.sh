#!/bin/sh
# Install bubblewrap where that needs no question: as root, or where sudo asks for no password. Otherwise name the command.
set -eu
if command -v bwrap >/dev/null 2>&1 || [ "$(uname -s)" != Linux ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "bubblewrap is missing: install it with your package manager, then run make test again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "bubblewrap is missing. Run:  sudo apt-get install bubblewrap" >&2
    exit 1
fi
echo "installing bubblewrap"
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q bubblewrap >/dev/null 2>&1; then
    $as_root apt-get update -q >/dev/null
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q bubblewrap >/dev/null
fi
