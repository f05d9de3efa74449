#!/usr/bin/env bash
# The main job in half a minute, on embedded defaults: host, real publish, startRecording by command, a checked file.
#   ./demo.sh          record some seconds, check the file, stop
#   ./demo.sh --keep   leave the host running and say what to try next
set -euo pipefail
cd "$(dirname "$0")"
keep=0
case "${1:-}" in
  '') ;;
  --keep) keep=1 ;;
  *) echo "usage: ./demo.sh [--keep]" >&2; exit 2 ;;
esac

./build.sh
tapedeck=artifacts/bin/Host/release/tapedeck
home=$(mktemp -d "${TMPDIR:-/tmp}/tapedeck-demo.XXXXXX")
port=1935
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done

"$tapedeck" run --home "$home" --set "rtmp.listen=127.0.0.1:$port" >"$home/ready" 2>"$home/host.log" &
host=$!
stop() { kill "$host" 2>/dev/null && wait "$host" 2>/dev/null || true; }
trap stop EXIT
for _ in $(seq 100); do
  grep -q '^tapedeck ready$' "$home/ready" && break
  kill -0 "$host" 2>/dev/null || { echo "The host did not start:" >&2; cat "$home/host.log" >&2; exit 1; }
  sleep 0.1
done
grep -q '^tapedeck ready$' "$home/ready" || { echo "The host is not ready after 10 s:" >&2; cat "$home/host.log" >&2; exit 1; }
echo "The host runs in $home and listens on port $port."

echo "Publishing samples/clip.flv to rtmp://127.0.0.1:$port/live/mystream in real time:"
"$tapedeck" publish samples/clip.flv "rtmp://127.0.0.1:$port/live/mystream" --for 9s \
  --call '1s startRecording ["mystream", {"format": "mp4", "append": false, "startOnKeyFrame": true, "recordData": false, "versionFile": true}]' \
  --call '7s stopRecording ["mystream"]'

file="$home/content/live/mystream.mp4"
echo
echo "The recording:"
"$tapedeck" inspect "$file"
echo
echo "Play it:  ffplay $file    (or any player; a browser opens it too)"

if [ "$keep" = 1 ]; then
  trap - EXIT
  cat <<TXT

The host goes on (process $host; end it with: kill $host). Try next:
  record all:      ffmpeg -re -i samples/clip.flv -c copy -f flv rtmp://127.0.0.1:$port/liverec/mystream
                   the file: $home/content/liverec/mystream.mp4
  publish, watch:  ffmpeg -re -stream_loop -1 -i samples/clip.flv -c copy -f flv rtmp://127.0.0.1:$port/live/mystream
                   ffplay rtmp://127.0.0.1:$port/live/mystream
  OBS:             Settings, Stream, Service: Custom, Server: rtmp://127.0.0.1:$port/liverec  Stream key: mystream
  its log:         $home/host.log
  its settings:    $tapedeck settings
TXT
fi
