#!/usr/bin/env bash
# Installs what the tests need when it is missing, builds, and runs all tests. Ends with "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")"

# Real encoders, players and judges of files, and an S3 store (Debian).
need=()
for pair in mediaconch:mediaconch chromium:chromium gst-discoverer-1.0:gstreamer1.0-plugins-base-apps ffmpeg:ffmpeg ffprobe:ffmpeg gst-launch-1.0:gstreamer1.0-tools rtmpdump:rtmpdump mediainfo:mediainfo flvmeta:flvmeta openssl:openssl rclone:rclone swift-proxy-server:swift-proxy swift-account-server:swift-account swift-container-server:swift-container swift-object-server:swift-object; do
  command -v "${pair%%:*}" >/dev/null || need+=("${pair#*:}")
done
if ! command -v gst-inspect-1.0 >/dev/null || ! gst-inspect-1.0 rtmp2sink >/dev/null 2>&1; then
  need+=(gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)
fi
if command -v gst-inspect-1.0 >/dev/null && ! gst-inspect-1.0 x264enc >/dev/null 2>&1 || ! command -v gst-inspect-1.0 >/dev/null; then
  need+=(gstreamer1.0-plugins-ugly gstreamer1.0-libav)
fi
case "${need[*]-}" in *swift-*) need+=(swift python3-swift) ;; esac
if [ "${#need[@]}" -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "The tests need these programs: ${need[*]}. Install them and run this again." >&2
    exit 1
  fi
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  echo "Installing ${need[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

./build.sh

# One project after the other: the end-to-end tests want the machine for themselves.
results=artifacts/test-results
rm -rf "$results"
status=0
for project in tests/*/*.csproj; do
  grep -q 'Microsoft.NET.Test.Sdk' "$project" || continue
  name=$(basename "$project" .csproj)
  echo "== $name"
  dotnet test "$project" -c Release --no-build -nologo -v quiet \
    --blame-hang-timeout 4min --blame-hang-dump-type none \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$results" || status=1
done

total() { cat "$results"/*.trx | grep -o '<Counters [^>]*' | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ s += $1 } END { print s + 0 }'; }
passed=$(total passed); failed=$(total failed); executed=$(total executed); all=$(total total)
echo "$passed passed, $failed failed, $((all - executed)) skipped"
[ "$status" = 0 ] && [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
