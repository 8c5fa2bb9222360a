#!/usr/bin/env bash
# The image is built and run without a Docker engine: by Debian's buildah and debootstrap, as root.
# BASE, if it is set, names the image to stand on; else one is made of Debian's own Python.
set -euo pipefail
cd "$(dirname "$0")/.."

cannot() {
  echo "the image was not built: $1"
  [ "${DRIFTWATCH_REQUIRE_IMAGE:-}" != 1 ]
  exit
}
[ "$(id -u)" = 0 ] || cannot "that takes root here"
for tool in buildah unshare; do
  command -v "$tool" >/dev/null || cannot "$tool is not installed"
done
unshare --mount true 2>/dev/null || cannot "nothing may be mounted here"

cache=${DRIFTWATCH_CACHE:-$HOME/.cache/driftwatch}/image
mkdir -p "$cache"
work=$(mktemp -d "$cache/work-XXXXXX")
export BUILDAH_ISOLATION=chroot
store=(--storage-driver vfs --root "$work/store" --runroot "$work/run")
trap 'buildah "${store[@]}" umount --all >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

if [ -z "${BASE:-}" ]; then
  tarball=$cache/bookworm-python3.tar
  if [ ! -f "$tarball" ]; then
    command -v debootstrap >/dev/null || cannot "debootstrap is not installed"
    echo "making a root file system with Python"
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
      bookworm "$work/root" >"$work/log" 2>&1 || { tail -n 20 "$work/log"; cannot "debootstrap failed"; }
    rm -rf "$work/root/var/cache/apt" "$work/root/var/lib/apt/lists"
    tar -C "$work/root" -cf "$work/made.tar" . && mv "$work/made.tar" "$tarball"
    rm -rf "$work/root"
  fi
  container=$(buildah "${store[@]}" from scratch)
  buildah "${store[@]}" add --quiet "$container" "$tarball" / >/dev/null
  buildah "${store[@]}" commit --quiet --rm "$container" localhost/driftwatch-base >/dev/null
  BASE=localhost/driftwatch-base
fi

# The build inside uses pip as it is set up outside: its settings, and the files that these name.
mounts=(--volume "$work/pip.conf:/etc/pip.conf:ro")
while IFS= read -r path; do
  mounts+=(--volume "$path:$path:ro")
done < <(python3 tests/pip_settings.py "$work/pip.conf")

began=$SECONDS
buildah "${store[@]}" bud --quiet --format docker --network host --layers=false \
  "${mounts[@]}" --build-arg BASE="$BASE" --tag localhost/driftwatch . >"$work/log" 2>&1 ||
  { tail -n 40 "$work/log"; exit 1; }
container=$(buildah "${store[@]}" from --pull=never localhost/driftwatch)
root=$(buildah "${store[@]}" mount "$container")
echo "built in $((SECONDS - began)) s; driftwatch and what it needs: $(du -sh "$root/opt/driftwatch" | cut -f1)"

is() { # what, expected, found
  [ "$2" = "$3" ] || { echo "$1: expected '$2', found '$3'" >&2; exit 1; }
}
said() { buildah "${store[@]}" inspect --type image --format "{{$1}}" localhost/driftwatch; }
is user 10001:10001 "$(said .Docker.Config.User)"
is volumes 'map[/var/lib/driftwatch:{}]' "$(said .Docker.Config.Volumes)"
is ports 'map[9464/tcp:{}]' "$(said .Docker.Config.ExposedPorts)"
is entrypoint '[driftwatch]' "$(said .Docker.Config.Entrypoint)"
is "the check of its health" CMD "$(said 'index .Docker.Config.Healthcheck.Test 0')"
is "built with development tools" no "$([ -e "$root/opt/driftwatch/bin/pytest" ] && echo yes || echo no)"

# As an engine runs it with --read-only: nothing can be written but the state's volume.
mkdir "$work/state"
chown 10001:10001 "$work/state"
inside() {
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1 state=$2
    shift 2
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -o remount,bind,ro "$root"
    mount --bind "$state" "$root/var/lib/driftwatch"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot --userspec=10001:10001 "$root" /usr/bin/env -i HOME=/var/lib/driftwatch \
      PATH=/opt/driftwatch/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
      "$@"
  ' inside "$root" "$work/state" "$@"
}
child() { tr -d ' ' <"/proc/$1/task/$1/children"; }
at_home=(sh -euc 'cd /var/lib/driftwatch && exec "$@"' sh)

buildah "${store[@]}" run "$container" -- driftwatch --version
is "user inside" 10001 "$(buildah "${store[@]}" run "$container" -- id -u)"
is "what it can write" /var/lib/driftwatch "$(inside find / -xdev -writable ! -type l 2>/dev/null)"
packaged=$(inside python3 -c 'import importlib.resources as r; print(r.files("driftwatch") / "demo.yaml")')
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
settings=(
  DEMO_FOLDER=/var/lib/driftwatch
  DEMO_ADDRESS="127.0.0.1:$port"
  DEMO_RECEIVER=http://127.0.0.1:9/
  DEMO_TOKEN=a-token-of-the-demo
  DEMO_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
  DEMO_BEGINS="$(date --utc --date '1 hour ago' +%FT%TZ)"
)
inside "${settings[@]}" driftwatch config validate -c "$packaged"
inside "${settings[@]}" driftwatch run -c "$packaged" >"$work/log" 2>&1 &
daemon=$!
for _ in $(seq 60); do
  sleep 0.5
  if alive=$(python3 - "http://127.0.0.1:$port/livez" 2>&1 <<'PY'
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=4).status)
PY
  ); then break; fi
done
is "its /livez" 200 "${alive##*$'\n'}"
kill -TERM "$(child "$(child "$daemon")")"
wait "$daemon" || { cat "$work/log"; exit 1; }
[ -s "$work/state/state.db" ] || { echo "no state was written to its volume" >&2; exit 1; }
rm -r "${work:?}/state/"*

inside "${at_home[@]}" driftwatch demo --once --address "127.0.0.1:$port"
echo "the image runs as a user of its own, on a root that it cannot write"
