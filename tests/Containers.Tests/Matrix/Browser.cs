using System.Diagnostics;
using System.Globalization;

namespace Tapedeck.Containers.Tests.Matrix;

/// <summary>Chromium without a window plays files one after the other; the page says on its console what came of each.</summary>
internal static class Browser
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    /// <summary>What went wrong, by name; empty for a file that played to its end and could be sought in.</summary>
    /// <param name="folder">Of the files.</param>
    /// <param name="names">Of the files.</param>
    /// <param name="seconds">How long each plays.</param>
    /// <param name="places">Where to seek, and how wide the picture is there; null for two places in pictures of 160.</param>
    public static Dictionary<string, string> Play(string folder, IReadOnlyCollection<string> names, double seconds, (double Time, int Width)[]? places = null)
    {
        var page = Path.Combine(folder, "play.html");
        var list = string.Join(",", names.Select(name => $"'{name}'"));
        var seeks = string.Join(",", (places ?? [(1.5, 160), (0.5, 160)]).Select(place => string.Create(CultureInfo.InvariantCulture, $"[{place.Time},{place.Width}]")));
        File.WriteAllText(page, Page.Replace("NAMES", list, StringComparison.Ordinal).Replace("PLACES", seeks, StringComparison.Ordinal).Replace("SECONDS", seconds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        var start = new ProcessStartInfo("chromium") { RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio", "--no-first-run", "--disable-extensions",
            "--autoplay-policy=no-user-gesture-required", "--enable-logging=stderr", $"--user-data-dir={Path.Combine(folder, "chromium")}", new Uri(page).AbsoluteUri,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var results = new Dictionary<string, string>();
        using var late = new CancellationTokenSource(Patience);
        using var registration = late.Token.Register(() => process.Kill(entireProcessTree: true));
        try
        {
            _ = process.StandardOutput.ReadToEndAsync();
            while (process.StandardError.ReadLine() is { } line)
            {
                if (line.Contains("[[END]]", StringComparison.Ordinal))
                    break;
                var (from, to) = (line.IndexOf("[[", StringComparison.Ordinal), line.IndexOf("]]", StringComparison.Ordinal));
                if (from >= 0 && to > from && line[(from + 2)..to].Split('|') is [var name, var fault])
                    results[name] = fault;
            }
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        return results;
    }

    private const string Page = """
        <!doctype html><body><script>
        const wait = (video, event) => new Promise((resolve, reject) => {
          const timer = setTimeout(() => reject('no ' + event + ' after 15 s'), 15000);
          video.addEventListener(event, () => { clearTimeout(timer); resolve(); }, { once: true });
          video.addEventListener('error', () => reject(event + ': ' + video.error.message), { once: true });
        });
        async function play(name) {
          const video = document.createElement('video');
          video.muted = true;
          const loaded = wait(video, 'loadeddata');
          video.src = name;
          document.body.append(video);
          await loaded;
          if (Math.abs(video.duration - SECONDS) > 0.2) throw 'duration ' + video.duration;
          for (const [place, width] of [PLACES]) {
            const sought = wait(video, 'seeked');
            video.currentTime = place;
            await sought;
            if (Math.abs(video.currentTime - place) > 0.1) throw 'sought ' + place + ', is at ' + video.currentTime;
            if (video.videoWidth != width) throw 'width ' + video.videoWidth + ' at ' + place;
          }
          const ended = wait(video, 'ended');
          video.playbackRate = 4;
          await video.play();
          await ended;
          if (video.videoWidth != 160) throw 'width ' + video.videoWidth;
          if (video.getVideoPlaybackQuality().totalVideoFrames < 5) throw 'no pictures';
          video.remove();
        }
        (async () => {
          for (const name of [NAMES]) {
            let fault = '';
            try { await play(name); } catch (e) { fault = String(e); }
            console.log('[[' + name + '|' + fault + ']]');
          }
          console.log('[[END]]');
        })();
        </script></body>
        """;
}
